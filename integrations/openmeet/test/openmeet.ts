import { EventEmitter } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Resolver } from '../src/resolver';

/** What OpenMeet emits, in the shapes of its own code, and what it does not emit yet. */
export function emissions(tenantId: string): [string, Record<string, unknown>][] {
  const user = { id: 7, ulid: '01jdkm5q8v3x', slug: 'ann-x1', email: 'ann@openmeet.example', password: '$2a$10$secret', firstName: 'Ann', lastName: 'Ash', provider: 'email', isShadowAccount: false, role: { id: 2, name: 'user' } };
  const event = { id: 31, slug: 'picnic-p1', name: 'Picnic', user, group: { id: 3, slug: 'walkers-w1' } };
  const rsvp = { eventId: 31, userId: 7, status: 'confirmed', tenantId, eventSlug: 'picnic-p1', userSlug: 'ann-x1' };
  return [
    ['user.created', user],
    ['user.created', { ...user, id: 8, slug: 'ghost-g1', provider: 'bluesky', isShadowAccount: true }],
    ['user.updated', user],
    ['group.created', { groupId: 3, slug: 'walkers-w1', userId: 7, tenantId }],
    ['group.updated', { groupId: 3, slug: 'walkers-w1', tenantId }],
    ['chat.group.member.add', { groupSlug: 'walkers-w1', userSlug: 'ann-x1', userRole: 'owner', tenantId }],
    ['chat.group.member.add', { groupSlug: 'walkers-w1', userSlug: 'bob-x2', tenantId }],
    ['chat.group.member.role.update', { groupSlug: 'walkers-w1', userSlug: 'bob-x2', oldRole: 'member', newRole: 'moderator', tenantId }],
    ['event.created', { eventId: 31, slug: 'picnic-p1', userId: 7, tenantId }],
    ['event.updated', { eventId: 31, slug: 'picnic-p1', userId: 7, tenantId }],
    ['event.attendee.added', rsvp],
    ['event.rsvp.added', rsvp],
    ['event.attendee.status.changed', { ...rsvp, status: 'attended', previousStatus: 'confirmed', newStatus: 'attended' }],
    ['event.attendee.cancelled', { ...rsvp, status: 'cancelled' }],
    ['event.ingested', { eventId: 32, slug: 'elsewhere-e1', tenantId, sourceType: 'bluesky' }],
    ['event.rsvp.ingested', { ...rsvp, userSlug: 'ghost-g1' }],
    ['chat.event.member.add', { eventSlug: 'picnic-p1', userSlug: 'ann-x1', tenantId }],
    ['matrix.handle.registered', { userId: 7, handle: '@ann:matrix', tenantId }],
    ['group.slug.changed', { groupId: 3, oldSlug: 'walkers-w1', newSlug: 'hikers-w1', tenantId }],
    ['event.deleted', { event: { ...event, group: { id: 3, slug: 'hikers-w1' } }, tenantId }],
    ['chat.group.member.remove', { groupSlug: 'hikers-w1', userSlug: 'bob-x2', tenantId }],
    ['api.request', { method: 'GET', url: '/api/groups/hikers-w1/events?page=2', status: 200, durationMs: 12, area: 'groups', headers: { 'x-tenant-id': tenantId }, tenantId }],
    ['api.request', { method: 'GET', url: '/api/events/picnic-p1', status: 200, durationMs: 8.5, area: 'events', userId: 7, headers: {}, tenantId }],
    ['db.operation', { count: 9, durationMs: 4, operation: 'SELECT', userId: 7, tenantId }],
    ['file.uploaded', { fileId: 'f1', fileSize: 150_000, mimeType: 'image/png', userSlug: 'ann-x1', tenantId }],
    ['file.attached', { fileId: 'f1', fileSize: 150_000, userSlug: 'ann-x1', groupSlug: 'hikers-w1', tenantId }],
    ['file.deleted', { fileId: 'f1', fileSize: 150_000, mimeType: 'image/png', userSlug: 'ann-x1', groupSlug: 'hikers-w1', tenantId }],
    ['storage.snapshot', { bytes: 0, groupSlug: 'hikers-w1', tenantId }],
    ['message.sent', { userSlug: 'ann-x1', groupSlug: 'hikers-w1', sizeBytes: 120, tenantId }],
    ['media.shared', { userSlug: 'ann-x1', eventSlug: 'picnic-p1', sizeBytes: 2000, mimeType: 'image/jpeg', tenantId }],
    ['email.sent', { userSlug: 'ann-x1', groupSlug: 'hikers-w1', deliveredCount: 451, kind: 'admin-message', tenantId }],
    ['user.deleted', { userId: 8, tenantId }],
    ['group.before_delete', { groupId: 4, groupSlug: 'readers-r1', groupName: 'Readers', tenantId }],
    ['group.deleted', { name: 'Readers' }],
  ];
}

/** What OpenMeet's database knows. */
export const database: Resolver = {
  user: async (_tenant, id) => ({ 7: 'ann-x1', 8: 'ghost-g1' })[Number(id)],
  event: async (_tenant, slug) => (slug === 'picnic-p1' ? { group: 'walkers-w1', startsAt: new Date('2026-06-01T10:00:00Z'), capacity: 40 } : null),
};

export const newEmitter = (): EventEmitter => new EventEmitter();

interface Person {
  id: number;
  slug: string;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  isShadowAccount?: boolean;
}

/** OpenMeet's API, as far as a directory needs it: signs in by e-mail, pages as it does, refuses without tenant or token, and bids to wait. */
export class FakeOpenMeet {
  people: Person[] = [
    { id: 7, slug: 'ann-x1', email: 'ann@openmeet.example', firstName: 'Ann', lastName: 'Ash' },
    { id: 9, slug: 'bob-x2', email: null, firstName: 'Bob', lastName: null },
    { id: 8, slug: 'ghost-g1', email: null, firstName: null, lastName: null, isShadowAccount: true },
    ...Array.from({ length: 52 }, (_, i) => ({ id: 100 + i, slug: `member-${i}`, email: `m${i}@openmeet.example`, firstName: 'Member', lastName: String(i) })),
  ];
  groups = [{ id: 3, slug: 'walkers-w1', name: 'Walkers', status: 'published' }, { id: 5, slug: 'secret-s1', name: 'Secret', status: 'draft' }];
  members: Record<string, [string, string][]> = { 'walkers-w1': [['ann-x1', 'owner'], ['bob-x2', 'moderator'], ['member-1', 'guest'], ['member-2', 'member']] };
  asked: string[] = [];
  private tokens = 0;
  private server: Server | undefined;

  async start(): Promise<string> {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise<void>((ready) => this.server!.listen(0, '127.0.0.1', ready));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, 'http://openmeet');
    this.asked.push(`${request.method} ${url.pathname}`);
    const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    if (request.headers['x-tenant-id'] !== 'tenant1') return send(401, { message: 'Tenant ID is required', statusCode: 401 });
    if (url.pathname === '/api/v1/auth/email/login') return send(200, { token: `token-${++this.tokens}`, refreshToken: 'r', tokenExpires: Date.now() + 900_000, user: { id: 1 } });
    if (request.headers.authorization !== `Bearer token-${this.tokens}`) return send(401, { message: 'Unauthorized', statusCode: 401 });
    const page = Number(url.searchParams.get('page') ?? 1);
    const limit = Math.min(Number(url.searchParams.get('limit') ?? 10), 50);
    if (url.pathname === '/api/v1/users') {
      // A token that has run out, and a limit that was reached, once each.
      if (page === 2 && this.tokens === 1) {
        this.tokens++;
        return send(401, { message: 'Unauthorized', statusCode: 401 });
      }
      if (page === 2 && this.asked.filter((a) => a.endsWith('/users')).length === 3) return send(429, { message: 'ThrottlerException: Too Many Requests', statusCode: 429 }, { 'Retry-After': '1' });
      const data = this.people.slice((page - 1) * limit, page * limit).map((p) => ({ ...p, ulid: null, role: { id: 2, name: 'user' }, status: { id: 1, name: 'active' } }));
      return send(200, { data, hasNextPage: data.length === limit });
    }
    const open = this.groups.filter((g) => g.status === 'published');
    if (url.pathname === '/api/groups') return send(200, { data: open.slice((page - 1) * limit, page * limit), total: open.length, page, totalPages: Math.ceil(open.length / limit) });
    if (url.pathname === '/api/groups/dashboard') return send(200, this.groups.map((g) => ({ ...g, groupMember: { groupRole: { name: 'owner' } } })));
    const members = this.members[decodeURIComponent(/^\/api\/groups\/([^/]+)\/members$/.exec(url.pathname)?.[1] ?? '')];
    if (members) return send(200, members.map(([slug, role], i) => ({ id: i + 1, user: { slug, name: slug }, groupRole: { id: 1, name: role } })));
    return send(403, { message: 'Forbidden resource', statusCode: 403 });
  }
}
