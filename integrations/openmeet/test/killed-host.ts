import { writeSync } from 'node:fs';
import { OpenMeetInsights } from '../src/insights';

// Records numbered messages and says which are kept, while it sends, until it is killed or all are there.
const [folder, from, to] = process.argv.slice(2);
const insights = new OpenMeetInsights({ url: process.env.PORTAL!, key: process.env.PORTAL_KEY!, spool: folder!, batch: { events: 40, ms: 20 }, onProblem: () => {} });

async function run(): Promise<void> {
  for (let n = Number(from); n < Number(to); n++) {
    const kept = insights.record({ tenant: process.env.PORTAL_TENANT!, type: 'message.sent', subject: 'killed-host', id: `killed-${n}`, time: new Date('2026-02-01T00:00:00Z'), data: { n } });
    if (kept) writeSync(1, `${n}\n`);
    if (n % 10 === 0) await new Promise((turn) => setTimeout(turn, 1));
  }
  await insights.close(30_000);
}
void run();
