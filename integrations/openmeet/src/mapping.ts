import { randomUUID } from 'node:crypto';
import { placeOf } from './attribution';
import rows from './mapping.json';
import { moment } from './moment';

/** How one of OpenMeet's own events becomes one of ours; the whole list is `mapping.json`. */
export interface MappingRow {
  /** Its name with OpenMeet's emitter. */
  emitted: string;
  /** `emitted`: OpenMeet does so today; `silent`: it only listens for it; `new`: to be added, in one line. */
  state: string;
  /** The type of our event, `directory` for a line of the directory, null for what is left out. */
  type: string | null;
  /** Where the acting user's slug is found, the first that has a value. `user(path)` is looked up by number. */
  subject?: string[];
  /** Where the group's slug is found, likewise. `event(path).group` is looked up by the event's slug. */
  group?: string[];
  /** Members of the event's data, and where their values are found. */
  data?: Record<string, string>;
  /** Members of the directory's line: `type` as it stands, the others are paths. */
  directory?: Record<string, string>;
  /** Another type for what has a true value at a path. */
  instead?: { when: string; type: string };
  /** `request`: the path and the headers say which group it is about. */
  reads?: string;
  note?: string;
}

export interface CloudEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  time: string;
  subject?: string;
  data: Record<string, unknown>;
}

/** What has to be asked before an event can go: a slug, or what is known of an event. */
export interface Lookup {
  into: string;
  kind: 'user' | 'group' | 'event';
  id: string | number;
  field: string;
}

/** What the spool keeps: an event, or a line for the directory. */
export type Kept = { event: CloudEvent; lookups?: Lookup[] } | { directory: Record<string, string> };

export const mapping: readonly MappingRow[] = rows as MappingRow[];

type Payload = Record<string, unknown>;
const asked = /^(user|group|event)\((.+)\)(?:\.(\w+))?$/;

/** The value at a path such as `event.group.slug`; nothing for null and the empty text. */
export function at(payload: unknown, path: string): unknown {
  let value: unknown = payload;
  for (const name of path.split('.')) value = value !== null && typeof value === 'object' ? (value as Payload)[name] : undefined;
  return value === null || value === '' ? undefined : value;
}

/** One of OpenMeet's events in our form. Reads only what the row names: a payload may be a whole entity with a password in it. */
export function toKept(row: MappingRow, payload: unknown, source: string, time: string = moment()): Kept | null {
  if (row.type === null) return null;
  const read: Payload = row.reads === 'request' ? { ...(payload as Payload), ...placeOf(payload as Payload) } : ((payload ?? {}) as Payload);
  if (row.directory) {
    const line: Record<string, string> = {};
    for (const [name, path] of Object.entries(row.directory)) {
      const value = name === 'type' ? path : at(read, path);
      if (value === undefined) return null;
      line[name] = String(value);
    }
    return { directory: line };
  }
  const lookups: Lookup[] = [];
  const find = (into: string, candidates: string[]): unknown => {
    for (const candidate of candidates) {
      const question = asked.exec(candidate);
      const value = at(read, question ? question[2]! : candidate);
      if (value === undefined) continue;
      if (!question) return value;
      lookups.push({ into, kind: question[1] as Lookup['kind'], id: value as string | number, field: question[3] ?? 'slug' });
      return undefined;
    }
    return undefined;
  };
  const subject = find('subject', row.subject ?? []);
  const group = find('group', row.group ?? []);
  const data: Record<string, unknown> = {};
  if (group !== undefined) data.group = String(group);
  for (const [name, path] of Object.entries(row.data ?? {})) {
    const value = find(name, [path]);
    if (value !== undefined) data[name] = isKey(name) ? String(value) : value;
  }
  const type = row.instead && at(read, row.instead.when) === true ? row.instead.type : row.type;
  const event: CloudEvent = { specversion: '1.0', id: randomUUID(), source, type, time, ...(subject === undefined ? {} : { subject: String(subject) }), data };
  return lookups.length > 0 ? { event, lookups } : { event };
}

// What names something is a text, also where OpenMeet has a number for it.
const isKey = (name: string): boolean => name === 'event' || name === 'user' || name === 'file' || name === 'reservation';
