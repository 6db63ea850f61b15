import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { QuotaGuard } from '../src/guard';

async function slowPortal(t: { after(done: () => void): void }): Promise<string> {
  const server = createServer(() => {});
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a portal that does not answer in time is decided by configuration', async (t) => {
  const url = await slowPortal(t);
  for (const whenSilent of [undefined, 'allow', 'refuse'] as const) {
    const told: string[] = [];
    const guard = new QuotaGuard({ url, key: 'omi_k', timeoutMs: 50, whenSilent, onProblem: (what) => told.push(what) });
    const started = Date.now();
    const answers = [await guard.mayUpload({ user: 'ann', bytes: 10 }), await guard.reserve({ user: 'ann', meter: 'storage', amount: 10 })];
    assert.ok(Date.now() - started < 3000);
    for (const answer of answers) {
      assert.deepEqual([answer.allowed, answer.asked], [whenSilent !== 'refuse', false]);
      assert.match(answer.reason, whenSilent === 'refuse' ? /try again in a moment/ : /is allowed/);
    }
    assert.equal(told.length, 2);
  }
});

test('an answer that is no answer is none', async () => {
  for (const [status, body] of [[500, '{}'], [401, '{"detail":"no key"}'], [200, '<html>'], [200, '{}'], [400, '{"detail":"no such meter"}']] as const) {
    const told: string[] = [];
    const guard = new QuotaGuard({ url: 'http://portal', key: 'k', whenSilent: 'refuse', fetch: async () => new Response(body, { status }), onProblem: (what) => told.push(what) });
    assert.equal((await guard.mayUpload({ group: 'walkers', bytes: 1 })).allowed, false);
    assert.equal(told.length, 1);
  }
});

test('without an address or a key it says so when it is made', () => {
  assert.throws(() => new QuotaGuard({ url: 'portal', key: 'k' }), /must begin with http/);
  assert.throws(() => new QuotaGuard({ url: 'http://portal', key: '' }), /service key/);
});
