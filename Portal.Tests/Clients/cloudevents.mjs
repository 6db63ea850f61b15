// The CloudEvents client, unchanged, against a portal. Prints what it was answered.
import { CloudEvent, HTTP, Mode, emitterFor, httpTransport } from 'cloudevents';

const sink = `${process.env.PORTAL}/api/v1/events`;
const credentials = { Authorization: `Bearer ${process.env.PORTAL_KEY}`, 'X-Tenant-Id': process.env.PORTAL_TENANT };
const send = async (message) => {
  const response = await fetch(sink, { method: 'POST', headers: { ...message.headers, ...credentials }, body: message.body });
  return { status: response.status, ...(await response.json()) };
};
const event = (id, more = {}) => new CloudEvent({
  id, type: 'file.uploaded', source: '/clients/cloudevents', subject: 'ann', time: '2025-03-01T10:00:00.000Z', data: { size_bytes: 100, group: 'läufer' }, ...more,
});
const told = {};

told.binary = await send(HTTP.binary(event('binary')));
told.structured = await send(HTTP.structured(event('structured')));
told.again = await send(HTTP.binary(event('binary')));
told.withContentType = await send(HTTP.structured(event('typed', { datacontenttype: 'application/json' })));
told.extension = await send(HTTP.binary(event('extended', { traceparent: '00-a-b-01' })));
told.emittedBinary = await emitterFor(send)(event('emitted-binary'));
told.emittedStructured = await emitterFor(send, { mode: Mode.STRUCTURED })(event('emitted-structured'));
told.untimed = await send(HTTP.binary(new CloudEvent({ type: 'user.visited', source: '/clients/cloudevents', subject: 'ann' })));
const transport = httpTransport(sink);
told.transported = JSON.parse((await emitterFor(transport)(event('transported'), { headers: credentials })).body);
told.refused = await send(HTTP.binary(event('refused', { data: { size_bytes: 'many' } })));

console.log(JSON.stringify(told));
