import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryAfter } from './backoff';
import { Portal, type PortalAddress, said } from './portal';

export interface SyncOptions {
  portal: PortalAddress;
  /** The portal's tenant; OpenMeet's if absent. */
  tenant?: string;
  openmeet: {
    /** Such as `https://api.openmeet.net`. */
    url: string;
    /** OpenMeet's tenant. */
    tenant: string;
    /** A user's access token, or e-mail and password of one who may list users. */
    token?: string;
    email?: string;
    password?: string;
    /** OpenMeet lets one address ask 100 times a minute. */
    requestsPerMinute?: number;
    fetch?: typeof fetch;
  };
  /** A file that remembers which group had which slug, so that a changed one is noticed. */
  state?: string;
  /** Says what would be sent, and sends nothing. */
  dryRun?: boolean;
  onProblem?: (what: string) => void;
}

export interface SyncReport {
  users: number;
  groups: number;
  members: number;
  /** Lines that were sent: what the portal knew already is not. */
  described: number;
  /** Memberships that ended. */
  removed: number;
  renamed: number;
  /** Users that the portal has erased, who are not described again. */
  erased: number;
  /** Groups whose members could not be read: nothing of theirs was changed. */
  skipped: string[];
}

interface OpenMeetUser {
  id: number;
  slug: string;
  ulid?: string | null;
  email?: string | null;
  name?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  isShadowAccount?: boolean | null;
}

interface OpenMeetGroup {
  id: number;
  slug: string;
  name: string;
  createdBy?: { slug?: string } | null;
}

interface OpenMeetMember {
  user?: { slug?: string } | null;
  groupRole?: { name?: string } | null;
}

type Line = Record<string, unknown>;

const linesAtOnce = 2000;
const roles = new Set(['owner', 'admin', 'moderator', 'member', 'guest']);

/** Tells the portal's directory what OpenMeet's API knows. Sends what differs; a second run sends nothing. */
export async function syncDirectory(options: SyncOptions): Promise<SyncReport> {
  const problem = options.onProblem ?? ((text: string) => console.warn(text));
  const openmeet = new OpenMeetApi(options.openmeet);
  const directory = new PortalDirectory(new Portal(options.portal), options.tenant ?? options.openmeet.tenant);
  const report: SyncReport = { users: 0, groups: 0, members: 0, described: 0, removed: 0, renamed: 0, erased: 0, skipped: [] };
  const lines: Line[] = [];
  const leaving: [string, string][] = [];

  const knownUsers = await directory.all<{ key: string; name: string; email?: string; ulid?: string; numericId?: number | string; shadow?: boolean; erasedAt?: string }>('users');
  for await (const user of openmeet.users()) {
    if (!user.slug) continue;
    report.users++;
    const known = knownUsers.get(user.slug);
    if (known?.erasedAt) {
      report.erased++;
      continue;
    }
    const told = { key: user.slug, name: nameOf(user), email: user.email || null, ulid: user.ulid || null, numericId: user.id ?? null, shadow: user.isShadowAccount === true };
    const stands = known && known.name === told.name && (known.email ?? null) === told.email && (known.ulid ?? null) === told.ulid
      && (known.numericId == null ? null : Number(known.numericId)) === told.numericId && (known.shadow ?? false) === told.shadow;
    if (!stands) lines.push({ type: 'user', ...told });
  }

  const knownGroups = await directory.all<{ key: string; name: string }>('groups');
  const slugs = readState(options.state);
  const groups = await openmeet.groups();
  for (const group of groups.values()) {
    report.groups++;
    const before = slugs[group.id];
    const renamed = before !== undefined && before !== group.slug && knownGroups.has(before);
    slugs[group.id] = group.slug;
    const members = await openmeet.members(group.slug);
    if (members === null) {
      report.skipped.push(group.slug);
      problem(`The members of ${group.slug} cannot be read with this sign-in: they stay as they are.`);
    }
    const present = new Map((members ?? []).filter((m) => m.user?.slug && roles.has(m.groupRole?.name ?? '')).map((m) => [m.user!.slug!, m.groupRole!.name!]));
    report.members += present.size;
    const key = renamed ? before : group.slug;
    const { owner, known } = await directory.group(key);
    const ownerKey = [...present].find(([, role]) => role === 'owner')?.[0] ?? owner ?? group.createdBy?.slug;
    if (renamed) {
      report.renamed++;
      lines.push({ type: 'group', key: group.slug, oldKey: before });
    }
    if (ownerKey === undefined) problem(`OpenMeet names no owner of ${group.slug}: the group is described without one when it has one.`);
    else if (knownGroups.get(key)?.name !== group.name || owner !== ownerKey) lines.push({ type: 'group', key: group.slug, name: group.name, ownerKey });
    for (const [user, role] of present) if (known.get(user) !== role) lines.push({ type: 'member', group: group.slug, user, role });
    if (members !== null) for (const user of known.keys()) if (!present.has(user)) leaving.push([group.slug, user]);
  }

  report.described = lines.length;
  report.removed = leaving.length;
  if (options.dryRun) {
    for (const line of lines) console.log(JSON.stringify(line));
    for (const [group, user] of leaving) console.log(JSON.stringify({ type: 'member', group, user, role: null }));
    return report;
  }
  await directory.describe(lines);
  for (const [group, user] of leaving) await directory.remove(group, user);
  writeState(options.state, slugs);
  return report;
}

function nameOf(user: OpenMeetUser): string {
  return [user.firstName, user.lastName].filter(Boolean).join(' ').trim() || user.name || user.slug;
}

function readState(file: string | undefined): Record<string, string> {
  if (file === undefined) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw fault;
  }
}

function writeState(file: string | undefined, slugs: Record<string, string>): void {
  if (file === undefined) return;
  writeFileSync(file + '.new', JSON.stringify(slugs));
  renameSync(file + '.new', file);
}

/** OpenMeet's API, at the pace that it allows. */
class OpenMeetApi {
  private token: string | undefined;
  private next = 0;

  constructor(private readonly options: SyncOptions['openmeet']) {
    this.token = options.token;
    if (!options.token && !(options.email && options.password)) throw new Error('OpenMeet needs a token, or an e-mail address and a password.');
  }

  async *users(): AsyncGenerator<OpenMeetUser> {
    for (let page = 1; ; page++) {
      const answer = await this.get(`/api/v1/users?page=${page}&limit=50`);
      if (answer === null) throw new Error('This sign-in may not list OpenMeet\'s users.');
      yield* answer.data as OpenMeetUser[];
      if (!answer.hasNextPage) return;
    }
  }

  // The public list, and what only this sign-in's groups show.
  async groups(): Promise<Map<number, OpenMeetGroup>> {
    const groups = new Map<number, OpenMeetGroup>();
    for (let page = 1; ; page++) {
      const answer = await this.get(`/api/groups?page=${page}&limit=50`);
      for (const group of listOf<OpenMeetGroup>(answer)) groups.set(group.id, group);
      if (answer === null || page >= (answer.totalPages ?? 1)) break;
    }
    for (const group of listOf<OpenMeetGroup>(await this.get('/api/groups/dashboard'))) groups.set(group.id, group);
    return groups;
  }

  async members(slug: string): Promise<OpenMeetMember[] | null> {
    const answer = await this.get(`/api/groups/${encodeURIComponent(slug)}/members`);
    return answer === null ? null : listOf<OpenMeetMember>(answer);
  }

  // Null for what this sign-in may not see.
  private async get(path: string): Promise<any> {
    if (this.token === undefined) await this.signIn();
    let answer = await this.ask(path, { headers: { Authorization: `Bearer ${this.token}` } });
    if (answer.status === 401 && this.options.email) {
      // Access tokens live a quarter of an hour.
      await this.signIn();
      answer = await this.ask(path, { headers: { Authorization: `Bearer ${this.token}` } });
    }
    if (answer.status === 403 || answer.status === 404) return null;
    if (!answer.ok) throw new Error(`OpenMeet answers ${answer.status} to ${path}.`);
    return answer.json();
  }

  private async signIn(): Promise<void> {
    const { email, password } = this.options;
    const answer = await this.ask('/api/v1/auth/email/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password }) });
    if (!answer.ok) throw new Error(`OpenMeet does not take the sign-in (${answer.status}).`);
    this.token = ((await answer.json()) as { token: string }).token;
  }

  private async ask(path: string, request: RequestInit): Promise<Response> {
    const pause = 60_000 / (this.options.requestsPerMinute ?? 80);
    for (let attempt = 1; ; attempt++) {
      const wait = this.next - Date.now();
      this.next = Math.max(Date.now(), this.next) + pause;
      if (wait > 0) await sleep(wait);
      const response = await (this.options.fetch ?? fetch)(this.options.url.replace(/\/+$/, '') + path, {
        ...request, headers: { ...request.headers, 'x-tenant-id': this.options.tenant, Accept: 'application/json' }, redirect: 'error', signal: AbortSignal.timeout(30_000),
      });
      if ((response.status !== 429 && response.status < 500) || attempt >= 5) return response;
      await response.body?.cancel();
      await sleep(Math.max(retryAfter(response.headers.get('retry-after')), 500 * 2 ** attempt));
    }
  }
}

function listOf<T>(answer: any): T[] {
  return Array.isArray(answer) ? answer : ((answer?.data ?? []) as T[]);
}

/** The portal's directory: what it knows, and what it is told. */
class PortalDirectory {
  constructor(private readonly portal: Portal, private readonly tenant: string) {}

  async all<T extends { key: string }>(what: 'users' | 'groups'): Promise<Map<string, T>> {
    const rows = new Map<string, T>();
    let cursor: string | null = null;
    do {
      const page: { items: T[]; nextCursor: string | null } = await this.get(`/api/v1/directory/${what}?limit=1000${cursor === null ? '' : '&cursor=' + encodeURIComponent(cursor)}`);
      for (const row of page.items) rows.set(row.key, row);
      cursor = page.nextCursor;
    } while (cursor);
    return rows;
  }

  async group(key: string): Promise<{ owner?: string; known: Map<string, string> }> {
    const path = `/api/v1/directory/groups/${encodeURIComponent(key)}`;
    const group = await this.get(path, true);
    if (group === null) return { known: new Map() };
    const members = await this.get(path + '/members');
    return { owner: group.owners?.at(-1)?.ownerKey, known: new Map(members.items.map((m: { user: string; role: string }) => [m.user, m.role])) };
  }

  async describe(lines: Line[]): Promise<void> {
    for (let from = 0; from < lines.length; from += linesAtOnce) {
      const text = lines.slice(from, from + linesAtOnce).map((l) => JSON.stringify(l)).join('\n');
      const answer = await this.portal.ask('POST', '/api/v1/directory/sync', this.tenant, { type: 'application/x-ndjson', text }, 120_000);
      if (answer.status !== 200) throw new Error(`The portal does not take the directory: ${said(answer)} ${JSON.stringify(answer.json?.errors ?? [])}`);
    }
  }

  async remove(group: string, user: string): Promise<void> {
    const answer = await this.portal.ask('DELETE', `/api/v1/directory/groups/${encodeURIComponent(group)}/members/${encodeURIComponent(user)}`, this.tenant);
    if (answer.status >= 300 && answer.status !== 404) throw new Error(`The portal does not end a membership: ${said(answer)}`);
  }

  private async get(path: string, mayLack = false): Promise<any> {
    const answer = await this.portal.ask('GET', path, this.tenant);
    if (answer.status === 404 && mayLack) return null;
    if (answer.status !== 200) throw new Error(`The portal answers ${said(answer)}`);
    return answer.json;
  }
}
