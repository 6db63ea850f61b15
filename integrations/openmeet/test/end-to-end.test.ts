import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { QuotaGuard } from '../src/guard';
import { OpenMeetInsights } from '../src/insights';
import { mapping } from '../src/mapping';
import { FakeOpenMeet, database, emissions, newEmitter } from './openmeet';

const { PORTAL: url, PORTAL_KEY: key, PORTAL_TENANT: tenant = 'default' } = process.env;
const run = promisify(execFile);

async function ask(method: string, path: string, body?: unknown): Promise<any> {
  const response = await fetch(url + path, {
    method, headers: { Authorization: `Bearer ${key}`, 'X-Tenant-Id': tenant, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) }, body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

// Against a real portal: PORTAL is its address, PORTAL_KEY a service key with every scope, PORTAL_TENANT a tenant that may be filled.
describe('against a portal', { skip: url && key ? false : 'PORTAL and PORTAL_KEY name none' }, () => {
  let folder: string;
  const told: string[] = [];
  const open = (more: object = {}) => new OpenMeetInsights({ url: url!, key: key!, spool: join(folder, 'spool'), resolver: database, currentTenant: () => tenant, batch: { ms: 50 }, onProblem: (what) => told.push(what), ...more });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'openmeet-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('everything that OpenMeet emits arrives as the mapping says, each thing once', async () => {
    const insights = open();
    const openmeet = newEmitter();
    insights.listen(openmeet);
    const emitted = emissions(tenant);
    for (const [name, payload] of emitted) openmeet.emit(name, payload);
    assert.ok(await insights.flush());
    const standing = insights.standing();
    await insights.close();
    assert.deepEqual([standing.dead, standing.dropped, told], [0, 0, []]);

    const expected = emitted.flatMap(([name, payload]) => {
      const row = mapping.find((r) => r.emitted === name)!;
      return row.type === null || row.type === 'directory' ? [] : [row.instead && payload[row.instead.when] ? row.instead.type : row.type];
    });
    const stored: any[] = (await ask('GET', '/api/v1/events?limit=1000')).map((s: any) => s.event);
    assert.deepEqual(stored.map((e) => e.type).sort(), [...expected].sort());
    const one = (type: string): any => stored.find((e) => e.type === type);
    assert.deepEqual([one('event.created').subject, one('event.created').data], ['ann-x1', { group: 'walkers-w1', event: 'picnic-p1', starts_at: '2026-06-01T10:00:00.000Z', capacity: 40 }]);
    assert.deepEqual([one('event.rsvp.added').subject, one('event.rsvp.added').data], ['ann-x1', { group: 'walkers-w1', event: 'picnic-p1', status: 'confirmed' }]);
    assert.deepEqual([one('user.deleted').subject, one('user.ingested').subject], ['ghost-g1', 'ghost-g1']);
    assert.deepEqual(stored.filter((e) => e.type === 'api.request').map((e) => [e.data.group, e.data.path]).sort(), [['hikers-w1', '/api/groups/hikers-w1/events'], ['walkers-w1', '/api/events/picnic-p1']]);

    const meter = async (slug: string): Promise<number> => (await ask('GET', `/api/v1/meters/${slug}/query`)).data[0].value;
    assert.deepEqual([await meter('emails'), await meter('rsvps'), await meter('users'), await meter('api_calls'), await meter('db_operations'), await meter('members_joined')], [451, 1, 1, 2, 9, 2]);
    // Both slugs are one group, and who is in it followed from the events.
    const group = await ask('GET', '/api/v1/directory/groups/walkers-w1');
    assert.deepEqual([group.key, group.formerKeys], ['hikers-w1', ['walkers-w1']]);
    assert.deepEqual((await ask('GET', '/api/v1/directory/groups/hikers-w1/members')).items.map((m: any) => [m.user, m.role]), [['ann-x1', 'owner']]);
  });

  test('a host that is killed again and again counts each message once', async () => {
    let next = 0;
    let kills = 0;
    const spool = join(folder, 'killed');
    for (let finished = false; !finished; ) {
      const child = spawn(process.execPath, [join(__dirname, 'killed-host.js'), spool, String(next), '600'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code)));
      let kept = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        next = Number(line) + 1;
        // The fourth is let live.
        if (++kept === 40 + 27 * kills && kills < 4) {
          child.kill('SIGKILL');
          kills++;
        }
      }
      finished = (await ended) === 0;
    }
    assert.deepEqual([kills, next], [4, 600]);
    const rows = (await ask('GET', '/api/v1/meters/messages/query?subject=killed-host')).data;
    assert.equal(rows[0].value, 600);
  });

  test('the portal takes the good ones of a batch, and the bad one is kept with what the portal said', async () => {
    const insights = open({ spool: join(folder, 'bad') });
    const file = (id: string, size: unknown) => ({ tenant, type: 'file.uploaded', subject: 'carla', data: { file: id, size_bytes: size } });
    for (const [id, size] of [['a', 100], ['b', 'many'], ['c', 300]] as const) insights.record(file(id, size));
    assert.ok(await insights.flush());
    assert.deepEqual([insights.standing().sent, insights.standing().dead], [2, 1]);
    await insights.close();
    const letter = JSON.parse(readFileSync(join(folder, 'bad', `tenant-${tenant}`, 'dead-letter.ndjson'), 'utf8'));
    assert.deepEqual([letter.line.data.file, letter.reason[0].path], ['b', 'data.size_bytes']);
    assert.equal((await ask('GET', '/api/v1/meters/uploaded/query?subject=carla')).data[0].value, 400);
  });

  test('a tenant that the portal does not have yet waits, and goes when it is there', async () => {
    const late = `${tenant}-late`;
    const insights = open({ spool: join(folder, 'late'), backoff: { baseMs: 20, maxMs: 50 } });
    insights.record({ tenant: late, type: 'user.visited', subject: 'ann' });
    insights.record({ tenant, type: 'user.visited', subject: 'late-visitor' });
    assert.equal(await insights.flush(), false);
    assert.equal(insights.standing().pending, 1);
    await ask('PUT', `/api/v1/tenants/${late}`, { name: 'Late' });
    while (insights.standing().pending > 0) await new Promise((turn) => setTimeout(turn, 5));
    assert.deepEqual([insights.standing().sent, insights.standing().dead], [2, 0]);
    await insights.close();
  });

  test('the guard answers what the portal decides, sets aside what is being uploaded, and says why not', async () => {
    await ask('POST', '/api/v1/quotas/overrides', { kind: 'user', key: 'dora', meter: 'storage', limit: 1000, limitKind: 'hard', reason: 'test', permanent: true });
    const guard = new QuotaGuard({ url: url!, key: key!, timeoutMs: 10_000, onProblem: (what) => assert.fail(what) });
    const upload = (bytes: number) => guard.mayUpload({ tenant, user: 'dora', bytes });
    assert.deepEqual([(await upload(1000)).allowed, (await upload(1000)).asked], [true, true]);
    const no = await upload(1001);
    assert.deepEqual([no.allowed, no.asked, Number(no.limit), no.account], [false, true, 1000, 'user:dora']);
    assert.match(no.reason, /[a-z]{3}/);

    const first = await guard.reserve({ tenant, user: 'dora', meter: 'storage', amount: 700 });
    const second = await guard.reserve({ tenant, user: 'dora', meter: 'storage', amount: 400 });
    assert.deepEqual([first.allowed, second.allowed, second.reservation], [true, false, undefined]);
    assert.ok(second.reason.length > 10);
    assert.equal((await upload(400)).allowed, false);

    // OpenMeet's event ends the reservation; what it says is what counts.
    const insights = open({ spool: join(folder, 'guarded') });
    const openmeet = newEmitter();
    insights.listen(openmeet);
    openmeet.emit('file.uploaded', { fileId: 'd1', fileSize: 500, mimeType: 'image/png', userSlug: 'dora', reservation: first.reservation!.id, tenantId: tenant });
    assert.ok(await insights.flush());
    await insights.close();
    const then = await upload(500);
    assert.deepEqual([then.allowed, Number(then.used)], [true, 500]);
    assert.equal(await first.reservation!.release(), false);
    const third = await guard.reserve({ tenant, user: 'dora', meter: 'storage', amount: 500 });
    assert.equal((await upload(1)).allowed, false);
    assert.equal(await third.reservation!.release(), true);
    assert.equal((await upload(1)).allowed, true);
  });

  test('the directory follows OpenMeet: users, groups, members, a new slug, who left; a second run sends nothing', async () => {
    const openmeet = new FakeOpenMeet();
    const address = await openmeet.start();
    const sync = async (...more: string[]): Promise<any> => {
      const { stdout } = await run(process.execPath, [join(__dirname, '../src/cli.js'), '--openmeet', address, '--openmeet-tenant', 'tenant1', '--portal', url!, '--tenant', tenant, '--state', join(folder, 'slugs.json'), '--per-minute', '60000', ...more], {
        env: { ...process.env, INSIGHTS_KEY: key, OPENMEET_EMAIL: 'bot@openmeet.example', OPENMEET_PASSWORD: 'secret' },
      });
      return JSON.parse(stdout.trim().split('\n').at(-1)!);
    };
    openmeet.groups[0]!.slug = 'climbers-c1';
    openmeet.members = { 'climbers-c1': openmeet.members['walkers-w1']! };
    try {
      const planned = await sync('--dry-run');
      assert.equal(planned.described, 55 + 1 + 4);
      assert.deepEqual((await ask('GET', '/api/v1/directory/users?limit=1000')).items.filter((u: any) => u.key.startsWith('member-')), []);

      const first = await sync();
      assert.deepEqual(first, { users: 55, groups: 2, members: 4, described: 60, removed: 0, renamed: 0, erased: 0, skipped: ['secret-s1'] });
      const users = new Map((await ask('GET', '/api/v1/directory/users?limit=1000')).items.map((u: any) => [u.key, u]));
      assert.deepEqual(['ann-x1', 'bob-x2', 'ghost-g1', 'member-51'].map((k) => users.get(k)).map((u: any) => [u.name, u.email ?? null, Number(u.numericId), u.shadow]),
        [['Ann Ash', 'ann@openmeet.example', 7, false], ['Bob', null, 9, false], ['ghost-g1', null, 8, true], ['Member 51', 'm51@openmeet.example', 151, false]]);
      const group = await ask('GET', '/api/v1/directory/groups/climbers-c1');
      assert.deepEqual([group.name, group.owners.at(-1).ownerKey], ['Walkers', 'ann-x1']);

      assert.equal((await sync()).described, 0);

      openmeet.groups[0]!.slug = 'summit-c1';
      openmeet.groups[0]!.name = 'Summit';
      openmeet.members = { 'summit-c1': [['ann-x1', 'member'], ['bob-x2', 'owner'], ['member-3', 'member']] };
      const changed = await sync();
      assert.deepEqual([changed.renamed, changed.removed], [1, 2]);
      const renamed = await ask('GET', '/api/v1/directory/groups/climbers-c1');
      assert.deepEqual([renamed.key, renamed.name, renamed.owners.at(-1).ownerKey], ['summit-c1', 'Summit', 'bob-x2']);
      assert.deepEqual((await ask('GET', '/api/v1/directory/groups/summit-c1/members')).items.map((m: any) => `${m.user} ${m.role}`).sort(), ['ann-x1 member', 'bob-x2 owner', 'member-3 member']);
      const again = await sync();
      assert.deepEqual([again.described, again.removed], [0, 0]);
    } finally {
      openmeet.stop();
    }
  });

  test('the command says what it lacks and what went wrong, and ends accordingly', async () => {
    const call = (args: string[], env: NodeJS.ProcessEnv = {}) => run(process.execPath, [join(__dirname, '../src/cli.js'), ...args], { env: { PATH: process.env.PATH, ...env } }).then(
      ({ stdout }) => ({ code: 0, said: stdout }), (fault) => ({ code: fault.code, said: fault.stderr as string }));
    const [help, wrong, unknown, nobody] = await Promise.all([
      call(['--help']), call(['--portal', url!]), call(['--what']),
      call(['--openmeet', 'http://127.0.0.1:9', '--openmeet-tenant', 't', '--portal', url!, '--tenant', tenant], { INSIGHTS_KEY: key, OPENMEET_TOKEN: 't' }),
    ]);
    assert.deepEqual([help.code, wrong.code, unknown.code, nobody.code], [0, 2, 2, 1]);
    assert.match(wrong.said, /Missing: --openmeet; --openmeet-tenant; INSIGHTS_KEY; OPENMEET_TOKEN/);
    assert.match(nobody.said, /fetch failed/);
  });
});
