import { Portal, type PortalAddress, said } from './portal';

export interface GuardOptions extends PortalAddress {
  /** How long an upload may wait for an answer. */
  timeoutMs?: number;
  /** What holds when none comes: `allow` (the default), or `refuse`. */
  whenSilent?: 'allow' | 'refuse';
  onProblem?: (what: string) => void;
}

export interface Question {
  tenant?: string;
  /** Slugs; at least one of the two. */
  user?: string;
  group?: string;
  meter: string;
  amount: number;
}

/** May it be used? */
export interface Verdict {
  allowed: boolean;
  /** False where the portal did not answer and the configuration decided. */
  asked: boolean;
  /** For people. */
  reason: string;
  state?: string;
  limit?: string | null;
  used?: string;
  remaining?: string | null;
  resetsAt?: string | null;
  account?: string;
}

/** Set aside until it is committed, released, or ended by an event that names it in `data.reservation`. */
export interface Reservation {
  id: string;
  expiresAt: string;
  /** The portal writes the event itself. Use this or `data.reservation`, not both. */
  commit(): Promise<boolean>;
  release(): Promise<boolean>;
}

const unavailable = {
  allow: 'Limits could not be checked just now; the upload is allowed.',
  refuse: 'Limits could not be checked just now. Please try again in a moment.',
};

/** Asks the portal before something is used. Always answers, and in time. */
export class QuotaGuard {
  private readonly portal: Portal;
  private readonly timeoutMs: number;
  private readonly whenSilent: 'allow' | 'refuse';

  constructor(private readonly options: GuardOptions) {
    this.portal = new Portal(options);
    this.timeoutMs = options.timeoutMs ?? 300;
    this.whenSilent = options.whenSilent ?? 'allow';
  }

  /** May this user add so many bytes, for this group where one is named? */
  mayUpload(upload: { tenant?: string; user?: string; group?: string; bytes: number }): Promise<Verdict> {
    const { bytes, ...who } = upload;
    return this.may({ ...who, meter: 'storage', amount: bytes });
  }

  async may(question: Question): Promise<Verdict> {
    const query = new URLSearchParams({ meter: question.meter, amount: String(question.amount) });
    if (question.user) query.set('user', question.user);
    if (question.group) query.set('group', question.group);
    try {
      const answer = await this.portal.ask('GET', `/api/v1/quotas/check?${query}`, question.tenant, undefined, this.timeoutMs);
      return answer.status === 200 && typeof answer.json?.allowed === 'boolean' ? verdict(answer.json) : this.silent(said(answer));
    } catch (fault) {
      return this.silent((fault as Error).message);
    }
  }

  /** Sets the amount aside, so that two uploads at once cannot pass the limit together. */
  async reserve(question: Question & { ttlSeconds?: number }): Promise<Verdict & { reservation?: Reservation }> {
    const { tenant, ...body } = question;
    try {
      const answer = await this.portal.ask('POST', '/api/v1/quotas/reservations', tenant, { type: 'application/json', text: JSON.stringify(body) }, this.timeoutMs);
      if (answer.status === 409 && typeof answer.json?.allowed === 'boolean') return verdict(answer.json);
      if (answer.status !== 201) return this.silent(said(answer));
      const path = `/api/v1/quotas/reservations/${answer.json.id}`;
      const end = async (method: string, address: string): Promise<boolean> => {
        try {
          const ended = await this.portal.ask(method, address, tenant);
          return ended.status < 300;
        } catch (fault) {
          this.problem(`A reservation was not ended and runs out by itself: ${(fault as Error).message}`);
          return false;
        }
      };
      return {
        allowed: true, asked: true, reason: '', account: answer.json.account,
        reservation: { id: answer.json.id, expiresAt: answer.json.expiresAt, commit: () => end('POST', path + '/commit'), release: () => end('DELETE', path) },
      };
    } catch (fault) {
      return this.silent((fault as Error).message);
    }
  }

  private silent(why: string): Verdict {
    this.problem(`The portal did not say whether it may be used (${why}): ${this.whenSilent === 'allow' ? 'allowed' : 'refused'} by configuration.`);
    return { allowed: this.whenSilent === 'allow', asked: false, reason: unavailable[this.whenSilent] };
  }

  private problem(what: string): void {
    (this.options.onProblem ?? ((text) => console.warn('[openmeet-insights] ' + text)))(what);
  }
}

function verdict(json: any): Verdict {
  const { allowed, reason, state, limit, used, remaining, resetsAt, account } = json;
  return { allowed, asked: true, reason: reason ?? '', state, limit, used, remaining, resetsAt, account };
}
