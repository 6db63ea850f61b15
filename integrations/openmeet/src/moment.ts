let last = 0;

/**
 * The time of now as RFC 3339 in UTC, to the microsecond; later than every one before. What one process says within a millisecond keeps its
 * order in the portal: somebody who joined and left has left.
 */
export function moment(now: number = Date.now()): string {
  last = Math.max(now * 1000, last + 1);
  return new Date(Math.floor(last / 1000)).toISOString().replace('Z', String(last % 1000).padStart(3, '0') + 'Z');
}
