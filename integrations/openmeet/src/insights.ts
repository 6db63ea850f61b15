import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Backoff } from './backoff';
import { type CloudEvent, type Kept, type MappingRow, at, mapping, toKept } from './mapping';
import { moment } from './moment';
import { Portal, type PortalAddress } from './portal';
import { type Resolver } from './resolver';
import { Sender } from './sender';
import { Spool, type SpoolLimits } from './spool';

/** EventEmitter2 as Nest provides it, or Node's own. */
export interface Emitter {
  on(event: string, listener: (payload: any) => void): unknown;
  off(event: string, listener: (payload: any) => void): unknown;
}

export interface InsightsOptions extends PortalAddress {
  /** A folder on a disk that outlives the process; one for each process. */
  spool: string;
  /** OpenMeet's tenant where an event names none: the one of the request at hand, if that is known. */
  currentTenant?: () => string | undefined;
  /** The tenant of the portal by OpenMeet's tenant; the same key where it is not named. */
  tenants?: Record<string, string>;
  /** What OpenMeet's events leave out and its database knows. */
  resolver?: Resolver;
  /** Where the events come from. */
  source?: string;
  batch?: { events?: number; bytes?: number; ms?: number };
  backoff?: Partial<Backoff>;
  timeoutMs?: number;
  limits?: Partial<SpoolLimits>;
  /** Told in a sentence what is the matter; at most once a second for each sentence's beginning. */
  onProblem?: (what: string) => void;
}

export interface OwnEvent {
  tenant: string;
  type: string;
  subject?: string;
  data?: Record<string, unknown>;
  /** Now, if absent. */
  time?: Date;
  /** A stable id of one's own: the same event told twice counts once, if all its content is the same. */
  id?: string;
}

export interface Standing {
  pending: number;
  sent: number;
  dead: number;
  dropped: number;
  torn: number;
}

const maxLineBytes = 60_000;

/** Listens to OpenMeet, keeps what happens on disk, and sends it to the portal. Never throws into its host. */
export class OpenMeetInsights {
  private readonly portal: Portal;
  private readonly lanes = new Map<string, { spool: Spool; sender: Sender }>();
  private readonly told = new Map<string, number>();
  private readonly syncing: NodeJS.Timeout;
  private closed = false;
  private homeless = 0;

  constructor(private readonly options: InsightsOptions) {
    this.portal = new Portal(options);
    mkdirSync(options.spool, { recursive: true, mode: 0o700 });
    // What a former process left is sent, whether or not the tenant is heard of again.
    for (const name of readdirSync(options.spool)) if (name.startsWith('tenant-')) this.lane(decodeURIComponent(name.slice('tenant-'.length)));
    this.syncing = setInterval(() => this.lanes.forEach(({ spool }) => void spool.sync()), 1000);
    this.syncing.unref?.();
  }

  /** Listens from now on; the answer ends it. */
  listen(emitter: Emitter, rows: readonly MappingRow[] = mapping): () => void {
    const listeners = rows.filter((row) => row.type !== null).map((row) => [row.emitted, (payload: unknown) => this.take(row, payload)] as const);
    for (const [name, listener] of listeners) emitter.on(name, listener);
    return () => listeners.forEach(([name, listener]) => emitter.off(name, listener));
  }

  /** Keeps an event of one's own; false where it was lost (said by `onProblem`). */
  record(own: OwnEvent): boolean {
    const event: CloudEvent = {
      specversion: '1.0', id: own.id ?? randomUUID(), source: this.source, type: own.type, time: own.time?.toISOString() ?? moment(),
      ...(own.subject === undefined ? {} : { subject: own.subject }), data: own.data ?? {},
    };
    return this.keep(own.tenant, { event });
  }

  /** How it stands, all tenants together. */
  standing(): Standing {
    const sum: Standing = { pending: 0, sent: 0, dead: 0, dropped: this.homeless, torn: 0 };
    for (const { spool, sender } of this.lanes.values()) {
      sum.pending += spool.pending;
      sum.sent += sender.sent;
      sum.dead += sender.dead;
      sum.dropped += spool.dropped;
      sum.torn += spool.torn;
    }
    return sum;
  }

  /** Sends what waits, now; false where something still waits. */
  async flush(): Promise<boolean> {
    const done = await Promise.all([...this.lanes.values()].map(({ sender }) => sender.flush()));
    return done.every((d) => d);
  }

  /** Sends what it can in the given time and lets go of the folder; what is left goes with the next start. */
  async close(withinMs = 5000): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.syncing);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.flush(), new Promise((late) => (timer = setTimeout(late, withinMs)))]);
    clearTimeout(timer);
    for (const { spool, sender } of this.lanes.values()) {
      await Promise.race([sender.stop(), new Promise((late) => setTimeout(late, 1000).unref?.())]);
      await spool.sync();
      spool.close();
    }
    this.lanes.clear();
  }

  private get source(): string {
    return this.options.source ?? '/openmeet/api';
  }

  private take(row: MappingRow, payload: unknown): void {
    try {
      const kept = toKept(row, payload, this.source);
      if (kept === null) return;
      const tenant = at(payload, 'tenantId') ?? this.options.currentTenant?.();
      if (tenant === undefined || tenant === '') {
        this.homeless++;
        this.problem(`'${row.emitted}' names no tenant and none is at hand: it is lost. Set 'currentTenant'.`);
      } else this.keep(String(tenant), kept);
    } catch (fault) {
      this.problem(`'${row.emitted}' could not be kept: ${(fault as Error).message}`);
    }
  }

  private keep(tenant: string, kept: Kept): boolean {
    try {
      if (this.closed) throw new Error('it came after the end');
      const line = JSON.stringify(kept);
      if (Buffer.byteLength(line) > maxLineBytes) throw new Error(`it has more than ${maxLineBytes} bytes`);
      const { spool, sender } = this.lane(tenant);
      if (!spool.append(line)) throw new Error('the spool or the disk is full');
      sender.wake();
      return true;
    } catch (fault) {
      this.homeless += this.closed ? 1 : 0;
      this.problem(`A line of ${tenant} was lost: ${(fault as Error).message}.`);
      return false;
    }
  }

  // Each tenant has its own spool and pace: one that the portal does not know holds up nobody else.
  private lane(tenant: string): { spool: Spool; sender: Sender } {
    let lane = this.lanes.get(tenant);
    if (lane) return lane;
    const folder = join(this.options.spool, 'tenant-' + encodeURIComponent(tenant));
    const spool = new Spool(folder, this.options.limits);
    const sender = new Sender(spool, this.portal, this.options.tenants?.[tenant] ?? tenant, {
      batchEvents: this.options.batch?.events ?? 500,
      batchBytes: this.options.batch?.bytes ?? 1024 * 1024,
      batchMs: this.options.batch?.ms ?? 2000,
      backoff: { baseMs: this.options.backoff?.baseMs ?? 500, maxMs: this.options.backoff?.maxMs ?? 60_000 },
      timeoutMs: this.options.timeoutMs ?? 30_000,
      deadLetters: join(folder, 'dead-letter.ndjson'),
      resolver: bind(this.options.resolver ?? {}, tenant),
      problem: (what) => this.problem(what),
    });
    lane = { spool, sender };
    this.lanes.set(tenant, lane);
    sender.start();
    return lane;
  }

  private problem(what: string): void {
    const kind = what.slice(0, 24);
    const now = Date.now();
    if (now - (this.told.get(kind) ?? 0) < 1000) return;
    this.told.set(kind, now);
    (this.options.onProblem ?? ((text) => console.warn('[openmeet-insights] ' + text)))(what);
  }
}

// The portal may call a tenant something else: OpenMeet is asked by its own name for it.
function bind(resolver: Resolver, tenant: string): Resolver {
  return {
    ...(resolver.user ? { user: (_: string, id) => resolver.user!(tenant, id) } : {}),
    ...(resolver.group ? { group: (_: string, id) => resolver.group!(tenant, id) } : {}),
    ...(resolver.event ? { event: (_: string, slug) => resolver.event!(tenant, slug) } : {}),
  };
}
