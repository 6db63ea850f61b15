import { writeSync } from 'node:fs';
import { Spool } from '../src/spool';

// Keeps numbered lines, acknowledges some, and says on its standard output what is done, until it is killed.
const [folder, from] = process.argv.slice(2);
const spool = new Spool(folder!, { segmentBytes: 4096 });
for (let n = Number(from); ; n++) {
  if (spool.append(JSON.stringify({ n, filling: 'x'.repeat(n % 97) }))) writeSync(1, `kept ${n}\n`);
  if (n % 50 === 0) {
    const { lines, places } = spool.read(20, 1_000_000);
    writeSync(1, `taking ${JSON.parse(lines.at(-1)!).n}\n`);
    spool.acknowledge(places.at(-1)!, lines.length);
  }
}
