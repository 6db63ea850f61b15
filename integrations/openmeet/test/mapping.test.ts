import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { groupAndEvent } from '../src/attribution';
import { type CloudEvent, type Kept, mapping, toKept } from '../src/mapping';
import { moment } from '../src/moment';
import { resolveEvent } from '../src/resolver';
import { table } from '../src/table';
import { database, emissions } from './openmeet';

const kept = (name: string, payload: unknown): Kept[] => mapping.filter((row) => row.emitted === name).map((row) => toKept(row, payload, '/openmeet/api')).filter((k) => k !== null);

async function resolved(name: string, payload: Record<string, unknown>): Promise<CloudEvent> {
  const [only, ...more] = kept(name, payload);
  assert.ok(only && 'event' in only && more.length === 0, name);
  return resolveEvent(only, 't', database, (what) => assert.fail(what));
}

test('each row has a name of its own and a state that is known', () => {
  assert.equal(new Set(mapping.map((row) => row.emitted)).size, mapping.length);
  for (const row of mapping) assert.ok(['emitted', 'silent', 'new'].includes(row.state), row.emitted);
});

test('every row that becomes something is tried by an emission in the shape of OpenMeet', () => {
  const tried = new Set(emissions('t').map(([name]) => name));
  assert.deepEqual(mapping.filter((row) => row.type !== null && !tried.has(row.emitted)).map((row) => row.emitted), []);
  for (const name of tried) assert.ok(mapping.some((row) => row.emitted === name) || name === 'user.updated', name);
});

test('one RSVP, which OpenMeet says twice, is one event', () => {
  const rsvp = { eventId: 31, userId: 7, status: 'confirmed', tenantId: 't', eventSlug: 'picnic-p1', userSlug: 'ann-x1' };
  assert.equal(kept('event.attendee.added', rsvp).length + kept('event.rsvp.added', rsvp).length, 1);
});

test('numbers become slugs and an event its group', async () => {
  const event = await resolved('event.created', { eventId: 31, slug: 'picnic-p1', userId: 7, tenantId: 't' });
  assert.equal(event.subject, 'ann-x1');
  assert.deepEqual(JSON.parse(JSON.stringify(event.data)), { event: 'picnic-p1', group: 'walkers-w1', starts_at: '2026-06-01T10:00:00.000Z', capacity: 40 });
});

test('who is not known is nobody, and the number is kept', async () => {
  const event = await resolved('group.created', { groupId: 3, slug: 'walkers-w1', userId: 99, tenantId: 't' });
  assert.deepEqual([event.subject, event.data], [undefined, { group: 'walkers-w1', user_id: 99 }]);
});

test('a lookup that fails is tried again, then told, and the event goes without', async () => {
  const [line] = kept('group.created', { groupId: 3, slug: 'walkers-w1', userId: 7, tenantId: 't' });
  let asked = 0;
  const told: string[] = [];
  const failing = { user: () => { asked++; throw new Error('no connection'); } };
  const event = await resolveEvent(line as { event: CloudEvent }, 't', failing, (what) => told.push(what));
  assert.deepEqual([asked, event.subject, told], [3, undefined, ['The user 7 of t could not be looked up: no connection']]);
});

test('of a whole entity only what the row names is read', () => {
  const [, user] = emissions('t')[0]!;
  const text = JSON.stringify(kept('user.created', user));
  assert.match(text, /"subject":"ann-x1"/);
  for (const secret of ['$2a$10$secret', 'ann@openmeet.example', 'Ash']) assert.ok(!text.includes(secret), secret);
});

test('an account made from ingested posts counts as ingested', () => {
  const types = [true, false].map((isShadowAccount) => (kept('user.created', { slug: 's', isShadowAccount })[0] as { event: CloudEvent }).event.type);
  assert.deepEqual(types, ['user.ingested', 'user.created']);
});

test('a new slug is a line of the directory', () => {
  assert.deepEqual(kept('group.slug.changed', { groupId: 3, oldSlug: 'a', newSlug: 'b', tenantId: 't' }), [{ directory: { type: 'group', key: 'b', oldKey: 'a' } }]);
  assert.deepEqual(kept('group.slug.changed', { groupId: 3, tenantId: 't' }), []);
});

test('each event has an id of its own', () => {
  const ids = Array.from({ length: 1000 }, () => (kept('user.created', { slug: 's' })[0] as { event: CloudEvent }).event.id);
  assert.equal(new Set(ids).size, 1000);
});

test('the group of a request: by header, by path, by the event', () => {
  const cases: [string, Record<string, unknown>, string | undefined, string | undefined][] = [
    ['/api/groups/walkers-w1/events?x=1', {}, 'walkers-w1', undefined],
    ['/api/groups/me', {}, undefined, undefined],
    ['/api/groups/dashboard/summary', {}, undefined, undefined],
    ['/api/groups', { 'x-group-slug': 'walkers-w1' }, 'walkers-w1', undefined],
    ['/api/groups/a', { 'x-group-slug': 'b' }, 'b', undefined],
    ['/api/calendar/groups/walkers-w1/calendar.ics', {}, 'walkers-w1', undefined],
    ['/api/embed/groups/walkers-w1/events', {}, 'walkers-w1', undefined],
    ['/api/meta/groups/l%C3%A4ufer', {}, 'läufer', undefined],
    ['/api/meta/groups/%E0%A4%A', {}, '%E0%A4%A', undefined],
    ['/api/events/picnic-p1', {}, undefined, 'picnic-p1'],
    ['/api/events/series/s1/events', {}, undefined, undefined],
    ['/api/events', { 'x-event-slug': 'picnic-p1' }, undefined, 'picnic-p1'],
    ['/api/v1/users', {}, undefined, undefined],
  ];
  for (const [path, headers, group, event] of cases) {
    const place = groupAndEvent(path, headers);
    assert.deepEqual([path, place.group, place.event], [path, group, event]);
  }
});

test('the table in the documents is this mapping', (t) => {
  // In the repository only: an installed package has no docs.
  const file = join(__dirname, '../../../../docs/openmeet.md');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return t.skip('not in the repository');
  }
  assert.equal(/<!-- mapping -->\n([^]*?)\n<!-- \/mapping -->/.exec(text)?.[1], table());
});

test('what is said within a millisecond keeps its order, also when the clock is set back', () => {
  const far = Date.UTC(2100, 0, 1);
  const times = [moment(far), moment(far), moment(far - 5_000), moment(far + 1)];
  assert.deepEqual(times, ['2100-01-01T00:00:00.000000Z', '2100-01-01T00:00:00.000001Z', '2100-01-01T00:00:00.000002Z', '2100-01-01T00:00:00.001000Z']);
});
