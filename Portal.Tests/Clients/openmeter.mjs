// OpenMeter's own client, unchanged, against a portal. Prints what it was answered.
import { OpenMeter } from '@openmeter/sdk';

const openmeter = new OpenMeter({ baseUrl: process.env.PORTAL, apiKey: process.env.PORTAL_KEY, headers: { 'X-Tenant-Id': process.env.PORTAL_TENANT } });
const told = {};

const failed = async (call) => {
  try {
    await call();
    return 'no error';
  } catch (e) {
    return { name: e.constructor.name, status: e.status, title: e.title, message: e.message };
  }
};

const meter = {
  slug: 'tokens', name: 'Tokens', description: 'AI tokens', aggregation: 'SUM', eventType: 'prompt', valueProperty: '$.tokens',
  groupBy: { model: '$.model', kind: '$.kind' },
};
told.created = await openmeter.meters.create(meter);
told.twice = await failed(() => openmeter.meters.create(meter));

const at = (day, hour) => new Date(Date.UTC(2025, 2, day, hour, 30));
told.one = await openmeter.events.ingest({ id: 'one', source: 'app', type: 'prompt', subject: 'ann', time: at(1, 0), data: { tokens: 10, model: 'small', kind: 'in' } });
told.batch = await openmeter.events.ingest([
  { id: 'two', source: 'app', type: 'prompt', subject: 'bob', time: at(1, 5), data: { tokens: '20', model: 'large', kind: 'in' } },
  { id: 'three', source: 'app', type: 'prompt', subject: 'ann', time: at(2, 0), data: { tokens: 12.5, model: 'large', kind: 'out' } },
  { id: 'one', source: 'app', type: 'prompt', subject: 'ann', time: at(1, 0), data: { tokens: 10, model: 'small', kind: 'in' } },
]);
told.bare = await openmeter.events.ingest({ type: 'prompt', subject: 'carl', data: { tokens: 1 } });
told.bad = await failed(() => openmeter.events.ingest({ id: 'bad', source: 'app', type: '', subject: 'ann' }));
told.conflict = await failed(() => openmeter.events.ingest({ id: 'one', source: 'app', type: 'prompt', subject: 'ann', time: at(1, 0), data: { tokens: 11 } }));

const range = { from: new Date(Date.UTC(2025, 2, 1)), to: new Date(Date.UTC(2025, 2, 3)) };
told.total = await openmeter.meters.query('tokens', range);
told.byId = await openmeter.meters.query(told.created.id, range);
told.daily = await openmeter.meters.query('tokens', { ...range, windowSize: 'DAY', windowTimeZone: 'UTC', groupBy: ['model', 'subject'] });
told.filtered = await openmeter.meters.query('tokens', { ...range, subject: ['ann'], filterGroupBy: { model: 'large' } });
told.posted = await openmeter.meters.queryPost('tokens', { ...range, windowSize: 'DAY', groupBy: ['model'], subject: ['ann', 'bob'], filterGroupBy: { model: ['large', 'small'] } });
told.models = await openmeter.meters.listGroupByValues('tokens', 'model');
told.kinds = await openmeter.meters.listGroupByValues('tokens', 'kind', range);
told.badQuery = await failed(() => openmeter.meters.query('tokens', { ...range, groupBy: ['colour'] }));

told.events = await openmeter.events.list({ subject: 'ann', limit: 10 });
told.ranged = await openmeter.events.list({ from: at(1, 5), to: at(2, 0) });

told.got = await openmeter.meters.get('tokens');
told.updated = await openmeter.meters.update('tokens', { name: 'All tokens', groupBy: { model: '$.model' } });
told.listed = (await openmeter.meters.list()).map((m) => m.slug);
told.deleted = (await openmeter.meters.delete('tokens')) ?? 'nothing';
told.gone = await failed(() => openmeter.meters.get('tokens'));

console.log(JSON.stringify(told));
