import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { retryAfter } from './backoff';

const pack = promisify(gzip);

export interface PortalAddress {
  /** Such as `https://insights.example.org`. */
  url: string;
  /** A service key, `omi_…`. */
  key: string;
  /** For tests. */
  fetch?: typeof fetch;
}

export interface PortalAnswer {
  status: number;
  json: any;
  retryAfterMs: number;
}

/** Speaks to the portal's API. Throws where there is no answer. */
export class Portal {
  private readonly url: string;
  private readonly fetch: typeof fetch;

  constructor(private readonly address: PortalAddress) {
    if (!/^https?:\/\//.test(address.url ?? '')) throw new Error(`The portal's address must begin with http:// or https://, and not as '${address.url}' does.`);
    if (!address.key) throw new Error('A service key of the portal is needed.');
    this.url = address.url.replace(/\/+$/, '');
    this.fetch = address.fetch ?? fetch;
  }

  async ask(method: string, path: string, tenant: string | undefined, body?: { type: string; text: string; packed?: boolean }, timeoutMs = 30_000): Promise<PortalAnswer> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.address.key}`, Accept: 'application/json' };
    if (tenant !== undefined) headers['X-Tenant-Id'] = tenant;
    if (body) headers['Content-Type'] = body.type;
    if (body?.packed) headers['Content-Encoding'] = 'gzip';
    const sent = body && (body.packed ? new Uint8Array(await pack(body.text)) : body.text);
    // A key is for one address: it does not follow where that sends it.
    const response = await this.fetch(this.url + path, { method, headers, body: sent, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    let json: any;
    try {
      json = text === '' ? undefined : JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, json, retryAfterMs: retryAfter(response.headers.get('retry-after')) };
  }
}

/** What an answer that is no success says, in a sentence. */
export function said(answer: PortalAnswer): string {
  return `${answer.status}: ${answer.json?.detail ?? answer.json?.title ?? 'no reason given'}`;
}

/** Not now: the same will be sent again. */
export class NotNow extends Error {
  constructor(message: string, readonly retryAfterMs = 0) {
    super(message);
  }
}
