import { type CloudEvent, type Kept } from './mapping';

type Found<T> = T | null | undefined | Promise<T | null | undefined>;

/** What OpenMeet's events leave out and its database knows. Each may be left out; what is not known is not guessed. */
export interface Resolver {
  /** A user's slug by number. */
  user?(tenantId: string, id: string | number): Found<string>;
  /** A group's slug by number. */
  group?(tenantId: string, id: string | number): Found<string>;
  /** What is known of an event by its slug; `group` is the group's slug. */
  event?(tenantId: string, slug: string | number): Found<{ group?: string | null; startsAt?: string | Date | null; capacity?: number | null }>;
}

const tries = 3;

/** The event with what had to be asked. What cannot be found is left out, and the user's number is kept in `data.user_id`. */
export async function resolveEvent(kept: Extract<Kept, { event: CloudEvent }>, tenant: string, resolver: Resolver, problem: (what: string) => void): Promise<CloudEvent> {
  const event = { ...kept.event, data: { ...kept.event.data } };
  for (const { into, kind, id, field } of kept.lookups ?? []) {
    const found = await ask(resolver, kind, tenant, id, problem);
    const value = field === 'slug' ? found : (found as Record<string, unknown> | null | undefined)?.[field];
    if (value !== null && value !== undefined && value !== '') {
      if (into === 'subject') event.subject = String(value);
      else event.data[into] = into === 'group' ? String(value) : value;
    } else if (into === 'subject') event.data.user_id = id;
  }
  return event;
}

async function ask(resolver: Resolver, kind: 'user' | 'group' | 'event', tenant: string, id: string | number, problem: (what: string) => void): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await resolver[kind]?.(tenant, id);
    } catch (fault) {
      if (attempt < tries) continue;
      problem(`The ${kind} ${id} of ${tenant} could not be looked up: ${(fault as Error).message}`);
      return undefined;
    }
  }
}
