import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { delay, retryAfter } from '../src/backoff';
import { type InsightsOptions, OpenMeetInsights } from '../src/insights';
import { until } from './wait';

interface Call {
  at: number;
  path: string;
  headers: Record<string, string>;
  body: any;
}

/** A portal that answers as it is told, and what it was sent. */
function fake(answers: (call: Call, n: number) => Response | Error): { calls: Call[]; fetch: typeof fetch } {
  const calls: Call[] = [];
  const answer = async (address: string, request: RequestInit): Promise<Response> => {
    const headers = request.headers as Record<string, string>;
    const text = headers['Content-Encoding'] === 'gzip' ? gunzipSync(request.body as Uint8Array).toString() : String(request.body);
    const call = { at: Date.now(), path: address.replace('http://portal', ''), headers, body: headers['Content-Type']!.includes('ndjson') ? text.split('\n').map((l) => JSON.parse(l)) : JSON.parse(text) };
    const said = answers(call, calls.push(call) - 1);
    if (said instanceof Error) throw said;
    return said;
  };
  return { calls, fetch: answer as unknown as typeof fetch };
}
const stored = (n: number, rejected: unknown[] = []): Response => Response.json({ accepted: n - rejected.length, duplicates: 0, rejected });
const problem = (status: number, errors: unknown[] = [], headers: Record<string, string> = {}): Response => Response.json({ status, detail: `it is ${status}`, errors }, { status, headers });

function host(t: { after(done: () => void | Promise<void>): void }, fetch: typeof globalThis.fetch, more: Partial<InsightsOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sender-'));
  const told: string[] = [];
  const insights = new OpenMeetInsights({ url: 'http://portal/', key: 'omi_k', spool: folder, fetch, onProblem: (what) => told.push(what), batch: { ms: 2000 }, ...more });
  t.after(async () => {
    await insights.close(100);
    rmSync(folder, { recursive: true, force: true });
  });
  return { insights, told, folder };
}
const message = (n: number) => ({ tenant: 't1', type: 'message.sent', subject: 'ann', data: { n } });

test('the wait doubles up to its most, half of it by chance, and never ends before it was asked to', () => {
  const backoff = { baseMs: 500, maxMs: 8000 };
  assert.deepEqual([0, 1, 2, 3, 4, 5, 99].map((n) => delay(n, backoff, 0, () => 1)), [500, 1000, 2000, 4000, 8000, 8000, 8000]);
  assert.deepEqual([0, 4].map((n) => delay(n, backoff, 0, () => 0)), [250, 4000]);
  assert.deepEqual([delay(0, backoff, 30_000, () => 0), delay(0, backoff, 30_000, () => 1)], [30_000, 33_000]);
});

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-11-26T10:00:00Z');
  assert.deepEqual([null, '', '7', '0', 'Thu, 26 Nov 2026 10:00:30 GMT', 'Thu, 26 Nov 2026 09:00:00 GMT', 'soon', '-5', '99999999'].map((h) => retryAfter(h, now)), [0, 0, 7000, 0, 30_000, 0, 0, 0, 86_400_000]);
});

test('a batch goes by count at once and by time otherwise: packed, with key and tenant', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  t.after(() => mock.timers.reset());
  const portal = fake((call) => stored(call.body.length));
  const { insights } = host(t, portal.fetch, { batch: { events: 3, ms: 2000 }, tenants: { t1: 'default' } });
  for (let n = 0; n < 3; n++) insights.record(message(n));
  await until('the first batch by count', () => insights.standing().sent === 3);
  assert.equal(portal.calls[0]!.at, 1_000_000);
  insights.record(message(3));
  for (let i = 0; i < 19; i++) {
    mock.timers.tick(100);
    await new Promise((turn) => setImmediate(turn));
  }
  assert.equal(portal.calls.length, 1);
  mock.timers.tick(200);
  await until('the second batch by time', () => insights.standing().sent === 4);
  assert.equal(portal.calls.length, 2);
  assert.deepEqual(portal.calls.map((c) => c.body.map((e: any) => e.data.n)), [[0, 1, 2], [3]]);
  const { path, headers } = portal.calls[0]!;
  assert.equal(path, '/api/v1/events');
  assert.deepEqual([headers['Content-Type'], headers['Content-Encoding'], headers.Authorization, headers['X-Tenant-Id']], ['application/cloudevents-batch+json', 'gzip', 'Bearer omi_k', 'default']);
});

test('a portal that does not take it is asked again: later each time, not before Retry-After, with the same events', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  t.after(() => mock.timers.reset());
  const portal = fake((call, n) => [new TypeError('fetch failed'), problem(503, [], { 'Retry-After': '40' }), problem(500), problem(429), problem(401), problem(404)][n] ?? stored(call.body.length));
  const { insights, told } = host(t, portal.fetch, { batch: { events: 1 }, backoff: { baseMs: 2000, maxMs: 8000 } });
  insights.record(message(1));
  const waits: number[] = [];
  for (let tries = 1; tries <= 6; tries++) {
    await until(`${tries} tries`, () => told.length === tries);
    const wait = Number(/next try in (\d+) ms/.exec(told[tries - 1]!)![1]);
    waits.push(wait);
    // Not one millisecond early.
    mock.timers.tick(wait - 1);
    await new Promise((turn) => setImmediate(turn));
    assert.equal(portal.calls.length, tries);
    mock.timers.tick(1);
    await until('the next try', () => portal.calls.length === tries + 1);
  }
  await until('it was taken', () => insights.standing().pending === 0);
  const most = [2000, 44_000, 8000, 8000, 8000, 8000];
  waits.forEach((wait, i) => assert.ok(wait >= (i === 1 ? 40_000 : most[i]! / 2) && wait <= most[i]!, `${i}: ${waits}`));
  assert.equal(new Set(portal.calls.map((c) => JSON.stringify(c.body))).size, 1);
  assert.match(told[1]!, /503: it is 503/);
  assert.deepEqual(insights.standing(), { pending: 0, sent: 1, dead: 0, dropped: 0, torn: 0 });
});

test('of a batch that is refused the good ones are stored, and the others kept with the reason', async (t) => {
  const portal = fake((call) => {
    const bad = call.body.flatMap((e: any, index: number) => (e.data.n === 2 ? [{ index, path: 'data.n', code: 'bad', detail: 'no 2' }] : []));
    return bad.length === 0 ? stored(call.body.length) : call.path.endsWith('?partial=true') ? stored(call.body.length, bad) : problem(400, bad);
  });
  const { insights, told, folder } = host(t, portal.fetch);
  for (let n = 0; n < 5; n++) insights.record(message(n));
  assert.ok(await insights.flush());
  assert.deepEqual(portal.calls.map((c) => c.path), ['/api/v1/events', '/api/v1/events?partial=true']);
  assert.deepEqual(insights.standing(), { pending: 0, sent: 4, dead: 1, dropped: 0, torn: 0 });
  const letters = readFileSync(join(folder, 'tenant-t1', 'dead-letter.ndjson'), 'utf8').trim().split('\n').map((l) => JSON.parse(l));
  assert.deepEqual([letters.length, letters[0].line.data.n, letters[0].reason[0].detail], [1, 2, 'no 2']);
  assert.match(told[0]!, /no 2/);
});

test('a batch that is refused whole is halved until the one is found', async (t) => {
  const portal = fake((call) => (call.body.some((e: any) => e.data.n === 6) ? problem(413) : stored(call.body.length)));
  const { insights, folder } = host(t, portal.fetch);
  for (let n = 0; n < 10; n++) insights.record(message(n));
  assert.ok(await insights.flush());
  assert.deepEqual(insights.standing(), { pending: 0, sent: 9, dead: 1, dropped: 0, torn: 0 });
  assert.equal(JSON.parse(readFileSync(join(folder, 'tenant-t1', 'dead-letter.ndjson'), 'utf8')).line.data.n, 6);
});

test('a new slug goes between what came before and after it; refused, it holds up nothing', async (t) => {
  const portal = fake((call) => (call.path === '/api/v1/directory/sync' ? problem(403) : stored(call.body.length)));
  const { insights } = host(t, portal.fetch);
  const listeners = new Map<string, (payload: any) => void>();
  const stop = insights.listen({ on: (name, listener) => listeners.set(name, listener), off: (name) => listeners.delete(name) });
  listeners.get('message.sent')!({ userSlug: 'ann', tenantId: 't1' });
  listeners.get('group.slug.changed')!({ oldSlug: 'a', newSlug: 'b', tenantId: 't1' });
  listeners.get('message.sent')!({ userSlug: 'bob', tenantId: 't1' });
  assert.ok(await insights.flush());
  assert.deepEqual(portal.calls.map((c) => [c.path, c.body.length]), [['/api/v1/events', 1], ['/api/v1/directory/sync', 1], ['/api/v1/events', 1]]);
  assert.deepEqual(insights.standing(), { pending: 0, sent: 2, dead: 1, dropped: 0, torn: 0 });
  stop();
  assert.equal(listeners.size, 0);
});

test('a tenant that the portal does not know holds up nobody else', async (t) => {
  const portal = fake((call) => (call.headers['X-Tenant-Id'] === 'unknown' ? problem(404) : stored(call.body.length)));
  const { insights } = host(t, portal.fetch);
  insights.record({ ...message(1), tenant: 'unknown' });
  insights.record(message(2));
  assert.equal(await insights.flush(), false);
  assert.deepEqual([insights.standing().pending, insights.standing().sent], [1, 1]);
});

test('nothing is thrown into OpenMeet: what has no tenant, is too long, or comes too late is lost and told', async (t) => {
  const portal = fake((call) => stored(call.body.length));
  const { insights, told } = host(t, portal.fetch);
  const listeners = new Map<string, (payload: any) => void>();
  insights.listen({ on: (name, listener) => listeners.set(name, listener), off: () => {} });
  listeners.get('user.created')!({ slug: 'ann' });
  for (const nothing of [undefined, null, 'text', 42, {}]) for (const listener of listeners.values()) listener(nothing);
  assert.match(told[0]!, /'user.created' names no tenant/);
  assert.equal(insights.record({ ...message(1), data: { text: 'x'.repeat(70_000) } }), false);
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  assert.equal(insights.record({ ...message(1), data: loop }), false);
  await insights.close();
  assert.equal(insights.record(message(1)), false);
  assert.equal(portal.calls.length, 0);
});

test('what a former process left behind is sent without being spoken of', async (t) => {
  const down = fake(() => new TypeError('fetch failed'));
  const first = host(t, down.fetch);
  first.insights.record(message(1));
  await first.insights.close(500);
  const up = fake((call) => stored(call.body.length));
  const second = new OpenMeetInsights({ url: 'http://portal', key: 'omi_k', spool: first.folder, fetch: up.fetch, onProblem: () => {} });
  assert.ok(await second.flush());
  await second.close();
  assert.deepEqual(up.calls.map((c) => [c.headers['X-Tenant-Id'], c.body[0].data.n]), [['t1', 1]]);
});
