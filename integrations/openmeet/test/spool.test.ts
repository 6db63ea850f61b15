import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInterface } from 'node:readline';
import { Spool } from '../src/spool';

const folderFor = (t: { after(done: () => void): void }): string => {
  const folder = mkdtempSync(join(tmpdir(), 'spool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const all = (spool: Spool): string[] => spool.read(1_000_000, 1_000_000_000).lines;

test('lines come back in their order, across segments, until they are acknowledged', (t) => {
  const folder = folderFor(t);
  const lines = Array.from({ length: 300 }, (_, i) => `{"line":${i},"of":"läufer"}`);
  let spool = new Spool(folder, { segmentBytes: 1000 });
  for (const line of lines) assert.ok(spool.append(line));
  assert.deepEqual(all(spool), lines);
  const { lines: first, places } = spool.read(7, 1_000_000);
  assert.deepEqual(first, lines.slice(0, 7));
  assert.deepEqual(spool.read(7, 1_000_000).lines, first);
  spool.acknowledge(places[6]!, 7);
  spool.close();

  spool = new Spool(folder, { segmentBytes: 1000 });
  assert.equal(spool.pending, 293);
  assert.deepEqual(all(spool), lines.slice(7));
  const rest = spool.read(1000, 1_000_000);
  spool.acknowledge(rest.places.at(-1)!, rest.lines.length);
  assert.equal(spool.pending, 0);
  assert.ok(spool.append('{"after":true}'));
  assert.deepEqual(all(spool), ['{"after":true}']);
  spool.close();
  // What was sent takes no room.
  assert.ok(readdirSync(folder).filter((f) => f.endsWith('.ndjson')).length <= 2);
});

test('a batch ends at its count and at its bytes, and one long line is a batch', (t) => {
  const spool = new Spool(folderFor(t));
  for (const line of ['a'.repeat(50), 'b'.repeat(50), 'c'.repeat(500), 'd']) spool.append(line);
  assert.equal(spool.read(3, 1_000_000).lines.length, 3);
  assert.equal(spool.read(10, 100).lines.length, 2);
  spool.acknowledge(spool.read(10, 100).places[1]!, 2);
  assert.deepEqual(spool.read(10, 100).lines.map((l) => l.length), [500]);
  spool.close();
});

test('a line that was cut at any byte is skipped, and nothing else', (t) => {
  const whole = ['{"n":1}', '{"n":22}', '{"n":"drei"}'];
  const bytes = whole.join('\n').length + 1;
  for (let cut = 0; cut <= bytes; cut++) {
    const folder = folderFor(t);
    let spool = new Spool(folder);
    whole.forEach((line) => spool.append(line));
    spool.close();
    truncateSync(join(folder, '0000000001.ndjson'), cut);
    spool = new Spool(folder);
    const expected = whole.filter((_, i) => whole.slice(0, i + 1).join('\n').length + 1 <= cut);
    spool.append('{"n":"new"}');
    assert.deepEqual(all(spool), [...expected, '{"n":"new"}'], `cut at ${cut}`);
    const batch = spool.read(10, 1000);
    spool.acknowledge(batch.places.at(-1)!, batch.lines.length);
    assert.equal(spool.pending, 0);
    spool.close();
  }
});

test('a process killed at any instant loses no line that was kept and repeats none that was let go', async (t) => {
  const folder = folderFor(t);
  let next = 1;
  let acknowledged = 0;
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [join(__dirname, 'spool-writer.js'), folder, String(next)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((done) => child.on('exit', (_code, signal) => done(signal)));
    let kept = 0;
    let taking = acknowledged;
    // Each time after another number of lines: in the middle of whatever it is doing then.
    for await (const line of createInterface({ input: child.stdout })) {
      const [what, n] = line.split(' ');
      if (what === 'kept') {
        next = Number(n) + 1;
        if (++kept === 137 + 211 * round) child.kill('SIGKILL');
      } else taking = Number(n);
    }
    assert.equal(await ended, 'SIGKILL');

    const spool = new Spool(folder, { segmentBytes: 4096 });
    const numbers = all(spool).map((l) => JSON.parse(l).n as number);
    // It may have been killed before the last acknowledgement, or between keeping a line and saying so.
    acknowledged = numbers[0]! - 1;
    assert.ok(acknowledged <= taking, `${acknowledged} were let go, ${taking} at the most were to be`);
    assert.deepEqual(numbers, Array.from({ length: numbers.length }, (_, i) => acknowledged + 1 + i));
    assert.ok(numbers.at(-1)! >= next - 1, `${next - 1} were kept, ${numbers.at(-1)} are there`);
    assert.equal(spool.pending, numbers.length);
    next = numbers.at(-1)! + 1;
    spool.close();
  }
});

test('a full spool refuses what comes, or drops the oldest, and counts it', (t) => {
  for (const whenFull of ['refuse-newest', 'drop-oldest'] as const) {
    const spool = new Spool(folderFor(t), { maxBytes: 4000, whenFull });
    const lines = Array.from({ length: 100 }, (_, i) => `{"line":${String(i).padStart(3, '0')},"filling":"${'x'.repeat(70)}"}`);
    const kept = lines.filter((line) => spool.append(line));
    const stand = all(spool);
    assert.ok(spool.bytes <= 4000);
    assert.equal(stand.length, spool.pending);
    assert.equal(stand.length + spool.dropped, 100);
    assert.ok(stand.length >= 25 && stand.length < 50, `${stand.length}`);
    assert.deepEqual(stand, whenFull === 'refuse-newest' ? lines.slice(0, stand.length) : lines.slice(-stand.length));
    assert.equal(kept.length, whenFull === 'refuse-newest' ? stand.length : 100);
    // There is room again once some are gone.
    const batch = spool.read(1000, 1_000_000);
    spool.acknowledge(batch.places.at(-1)!, batch.lines.length);
    assert.ok(spool.append('{"again":true}'));
    assert.deepEqual(all(spool), ['{"again":true}']);
    spool.close();
  }
});

test('what was dropped while it was being sent is not acknowledged again', (t) => {
  const spool = new Spool(folderFor(t), { maxBytes: 4000, whenFull: 'drop-oldest' });
  const line = (i: number): string => `{"line":${i},"filling":"${'x'.repeat(70)}"}`;
  for (let i = 0; i < 40; i++) spool.append(line(i));
  const sent = spool.read(5, 1_000_000);
  for (let i = 40; i < 80; i++) spool.append(line(i));
  const before = all(spool);
  spool.acknowledge(sent.places.at(-1)!, sent.lines.length);
  assert.deepEqual(all(spool), before);
  assert.equal(spool.pending, before.length);
  spool.close();
});

test('one process for a folder; what a dead one held is taken over, and an unreadable cursor sends again', (t) => {
  const folder = folderFor(t);
  const spool = new Spool(folder);
  spool.append('{"n":1}');
  assert.throws(() => new Spool(folder), /is in use by process/);
  spool.close();
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.ppid, since: 'long ago' }));
  writeFileSync(join(folder, 'cursor'), '{"segm');
  const again = new Spool(folder);
  assert.deepEqual(all(again), ['{"n":1}']);
  assert.equal(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')).pid, process.pid);
  again.close();
  const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.ppid, since: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] }));
  assert.throws(() => new Spool(folder), /is in use by process/);
});
