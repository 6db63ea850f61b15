import { appendFileSync, renameSync, statSync } from 'node:fs';
import { type Backoff, delay } from './backoff';
import { type CloudEvent, type Kept } from './mapping';
import { NotNow, type Portal, type PortalAnswer, said } from './portal';
import { type Resolver, resolveEvent } from './resolver';
import { type Spool } from './spool';

export interface SenderOptions {
  /** As many events go at once, */
  batchEvents: number;
  /** or as many bytes, unpacked, */
  batchBytes: number;
  /** or what has waited so long. */
  batchMs: number;
  backoff: Backoff;
  timeoutMs: number;
  /** Where what the portal refuses is written to. */
  deadLetters: string;
  resolver: Resolver;
  problem: (what: string) => void;
}

/** What a line that cannot be sent says. */
interface DeadLetter {
  at: string;
  status: number;
  reason: unknown;
  line: unknown;
}

const maxDeadLetterBytes = 64 * 1024 * 1024;
const refusals = new Set([400, 409, 413, 422]);

/** Sends what a spool keeps, oldest first, until the portal has it. */
export class Sender {
  private stopped = false;
  private failures = 0;
  private oldest = 0;
  private nudge: () => void = () => {};
  private loop: Promise<void> | null = null;

  /** Lines that the portal stored or knew already. */
  sent = 0;
  /** Lines in the dead-letter file. */
  dead = 0;

  constructor(private readonly spool: Spool, private readonly portal: Portal, private readonly tenant: string, private readonly options: SenderOptions) {
    if (spool.pending > 0) this.oldest = Date.now();
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Something was put into the spool. */
  wake(): void {
    if (this.oldest === 0) {
      this.oldest = Date.now();
      this.nudge();
    } else if (this.spool.pending >= this.options.batchEvents) this.nudge();
  }

  /** Sends everything now, once; false where the portal could not take it. */
  async flush(): Promise<boolean> {
    try {
      while (this.spool.pending > 0) if (!(await this.once())) return this.spool.pending === 0;
      return true;
    } catch {
      return false; // said, and tried again, by the loop
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.nudge();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const waited = this.oldest === 0 ? -1 : Date.now() - this.oldest;
      if (waited < 0) await this.pause(null);
      else if (this.spool.pending < this.options.batchEvents && waited < this.options.batchMs) await this.pause(this.options.batchMs - waited);
      else {
        try {
          await this.once();
          this.failures = 0;
          this.oldest = this.spool.pending > 0 ? Date.now() : 0;
        } catch (fault) {
          const wait = delay(this.failures++, this.options.backoff, fault instanceof NotNow ? fault.retryAfterMs : 0);
          this.options.problem(`Usage of ${this.tenant} cannot be sent (${(fault as Error).message}); ${this.spool.pending} lines wait, next try in ${wait} ms.`);
          await this.sleep(wait);
        }
      }
    }
  }

  private sending: Promise<boolean> | null = null;

  // One batch at a time, whoever asks.
  private async once(): Promise<boolean> {
    while (this.sending) await this.sending.catch(() => {});
    this.sending = this.deliver();
    try {
      return await this.sending;
    } finally {
      this.sending = null;
    }
  }

  private async deliver(): Promise<boolean> {
    const { lines, places } = this.spool.read(this.options.batchEvents, this.options.batchBytes);
    if (lines.length === 0) return false;
    const kept = lines.map(parse);
    // Lines of one kind that follow each other: a group's new slug goes before what happens under it.
    const isDirectory = (line: Kept | null): boolean => line !== null && 'directory' in line;
    let count = 1;
    while (count < kept.length && isDirectory(kept[count]!) === isDirectory(kept[0]!)) count++;
    const run = kept.slice(0, count);
    if (isDirectory(run[0]!)) await this.describe(run.map((k) => (k as { directory: Record<string, string> }).directory));
    else {
      const events: CloudEvent[] = [];
      for (const [i, line] of run.entries()) {
        if (line === null) this.bury({ at: now(), status: 0, reason: 'The line cannot be read.', line: lines[i] });
        else if ('event' in line) events.push(await resolveEvent(line, this.tenant, this.options.resolver, this.options.problem));
      }
      if (events.length > 0) await this.store(events, false);
    }
    this.spool.acknowledge(places[count - 1]!, count);
    return true;
  }

  private async store(events: CloudEvent[], partial: boolean): Promise<void> {
    const answer = await this.ask('/api/v1/events' + (partial ? '?partial=true' : ''), { type: 'application/cloudevents-batch+json', text: '[' + events.map((e) => JSON.stringify(e)).join(',') + ']', packed: true });
    if (answer.status === 200) {
      const rejected = new Map<number, unknown[]>();
      for (const fault of answer.json?.rejected ?? []) rejected.set(fault.index ?? 0, [...(rejected.get(fault.index ?? 0) ?? []), fault]);
      for (const [index, faults] of rejected) this.bury({ at: now(), status: 200, reason: faults, line: events[index] });
      this.sent += events.length - rejected.size;
    } else if (!refusals.has(answer.status)) {
      throw new NotNow(said(answer), answer.retryAfterMs);
    } else if (!partial) {
      // One bad event keeps a batch out: the good ones go without it.
      await this.store(events, true);
    } else if (events.length > 1) {
      const half = events.length >> 1;
      await this.store(events.slice(0, half), true);
      await this.store(events.slice(half), true);
    } else this.bury({ at: now(), status: answer.status, reason: answer.json?.errors ?? said(answer), line: events[0] });
  }

  private async describe(lines: Record<string, string>[]): Promise<void> {
    const answer = await this.ask('/api/v1/directory/sync', { type: 'application/x-ndjson', text: lines.map((l) => JSON.stringify(l)).join('\n') });
    if (answer.status === 200) {
      this.sent += lines.length;
      return;
    }
    // Without the scope it is told once and does not hold up the events behind it.
    if (!refusals.has(answer.status) && answer.status !== 403) throw new NotNow(said(answer), answer.retryAfterMs);
    const bad = new Set<number>(((answer.json?.errors ?? []) as { index?: number }[]).map((f) => f.index ?? 0));
    const refused = lines.filter((_, i) => bad.size === 0 || bad.has(i));
    for (const line of refused) this.bury({ at: now(), status: answer.status, reason: answer.json?.errors ?? said(answer), line });
    if (refused.length < lines.length) await this.describe(lines.filter((_, i) => !bad.has(i)));
  }

  private async ask(path: string, body: { type: string; text: string; packed?: boolean }): Promise<PortalAnswer> {
    try {
      return await this.portal.ask('POST', path, this.tenant, body, this.options.timeoutMs);
    } catch (fault) {
      const { message, cause } = fault as Error & { cause?: { message?: string } };
      throw new NotNow(cause?.message ? `${message}: ${cause.message}` : message);
    }
  }

  private bury(letter: DeadLetter): void {
    const file = this.options.deadLetters;
    try {
      if (statSync(file).size > maxDeadLetterBytes) renameSync(file, file + '.1');
    } catch {
      // The first one.
    }
    appendFileSync(file, JSON.stringify(letter) + '\n', { mode: 0o600 });
    this.dead++;
    this.options.problem(`The portal refuses a line of ${this.tenant}, which is kept in ${file}: ${JSON.stringify(letter.reason)}`);
  }

  // Until something comes, or so long.
  private pause(ms: number | null): Promise<void> {
    return new Promise((done) => {
      const timer = ms === null ? null : setTimeout(end, ms);
      timer?.unref?.();
      function end(): void {
        if (timer !== null) clearTimeout(timer);
        done();
      }
      this.nudge = end;
      if (this.stopped) end();
    });
  }

  // The whole time, whatever comes; ended only by stopping.
  private sleep(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      timer.unref?.();
      this.nudge = () => {
        if (!this.stopped) return;
        clearTimeout(timer);
        done();
      };
      this.nudge();
    });
  }
}

const now = (): string => new Date().toISOString();

function parse(line: string): Kept | null {
  try {
    const kept = JSON.parse(line);
    return kept !== null && typeof kept === 'object' && ('event' in kept || 'directory' in kept) ? kept : null;
  } catch {
    return null;
  }
}
