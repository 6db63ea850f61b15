/** How long to wait before the next try. */
export interface Backoff {
  /** Of the first repetition; doubled with each. */
  baseMs: number;
  /** The most, save where the portal asks for more. */
  maxMs: number;
}

/** Doubled with each failure, half of it by chance so that many do not come back together; never before the portal asked for. */
export function delay(failures: number, backoff: Backoff, retryAfterMs = 0, random: () => number = Math.random): number {
  const most = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(failures, 30));
  const own = most / 2 + (most / 2) * random();
  return Math.round(own >= retryAfterMs ? own : retryAfterMs * (1 + random() / 10));
}

/** `Retry-After` in milliseconds: seconds, or a date; 0 where it says nothing that is understood. */
export function retryAfter(header: string | null, now: number = Date.now()): number {
  if (header === null || header.trim() === '') return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  // A day is the most that is believed.
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 86_400_000) : 0;
}
