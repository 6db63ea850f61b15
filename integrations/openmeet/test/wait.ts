/** Waits for something that will be so; turns of the loop, not time, so that it works with timers that stand still. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = process.hrtime.bigint() + BigInt(withinMs) * 1_000_000n;
  while (!(await holds())) {
    if (process.hrtime.bigint() > end) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((turn) => setImmediate(turn));
  }
}
