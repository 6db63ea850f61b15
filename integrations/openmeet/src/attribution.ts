/** Which group or event a request is about, as far as OpenMeet's own addresses and headers tell. */
export interface Place {
  /** The group's slug by header or path. */
  group?: string;
  /** The event's slug by header or path: its group has to be asked. */
  event?: string;
  /** The path without its query. */
  path?: string;
}

const groupPaths = [/^\/api\/groups\/([^/]+)/, /^\/api\/calendar\/groups\/([^/]+)\/calendar\.ics$/, /^\/api\/embed\/groups\/([^/]+)/, /^\/api\/meta\/groups\/([^/]+)/];
const eventPath = /^\/api\/events\/([^/]+)/;
// Words that stand in the slug's place.
const noGroup = new Set(['me', 'dashboard']);
const noEvent = new Set(['dashboard', 'series']);

function decoded(slug: string): string {
  try {
    return decodeURIComponent(slug);
  } catch {
    return slug;
  }
}

/** Header first, then the path of a group, then the event. */
export function groupAndEvent(address: string, headers: Record<string, unknown> = {}): Place {
  const path = address.split('?')[0]!;
  const header = (name: string): string | undefined => (typeof headers[name] === 'string' && headers[name] !== '' ? (headers[name] as string) : undefined);
  const byPath = groupPaths.map((p) => p.exec(path)?.[1]).find((slug) => slug !== undefined);
  const byEvent = eventPath.exec(path)?.[1];
  const group = header('x-group-slug') ?? (byPath !== undefined && !noGroup.has(byPath) ? decoded(byPath) : undefined);
  const event = header('x-event-slug') ?? (byEvent !== undefined && !noEvent.has(byEvent) ? decoded(byEvent) : undefined);
  return { path, ...(group === undefined ? {} : { group }), ...(event === undefined ? {} : { event }) };
}

/** For the mapping: what a request's payload (`path` or `url`, and `headers`) says of its place. */
export function placeOf(payload: Record<string, unknown>): { inPath: Place } {
  const address = String(payload?.path ?? payload?.url ?? '');
  return { inPath: groupAndEvent(address, (payload?.headers ?? {}) as Record<string, unknown>) };
}
