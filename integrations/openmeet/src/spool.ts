import { closeSync, fdatasync, mkdirSync, openSync, readFileSync, readSync, readdirSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface SpoolLimits {
  /** A segment is closed when it has so many bytes. */
  segmentBytes: number;
  /** All segments together have at most so many bytes. */
  maxBytes: number;
  /** What gives way when they are full: what comes (the default), or the oldest segment. */
  whenFull: 'refuse-newest' | 'drop-oldest';
}

export interface SpoolBatch {
  lines: string[];
  /** To be acknowledged: the place behind the line of the same index. */
  places: Place[];
}

export interface Place {
  segment: number;
  offset: number;
}

const lineEnd = 0x0a;
const open = new Set<string>();

/**
 * Lines on disk until they are acknowledged: segments of NDJSON that are only appended to, and a cursor.
 * A line is there when `append` has returned, whatever happens to the process afterwards. A line that a kill or a full disk cut is skipped.
 * Acknowledged lines may come again after a kill: who sends them has to give them stable ids.
 */
export class Spool {
  private readonly folder: string;
  private readonly limits: SpoolLimits;
  private readonly sizes = new Map<number, number>();
  private cursor: Place;
  private writing: { segment: number; file: number } | null = null;
  private next: number;
  private unsynced = false;

  /** Lines that wait. */
  pending = 0;
  /** Lines that were lost to the bound of the spool, or to a disk that is full. */
  dropped = 0;
  /** Lines that were found cut. */
  torn = 0;

  constructor(folder: string, limits: Partial<SpoolLimits> = {}) {
    this.folder = resolve(folder);
    const maxBytes = limits.maxBytes ?? 256 * 1024 * 1024;
    this.limits = { maxBytes, segmentBytes: Math.min(limits.segmentBytes ?? 8 * 1024 * 1024, Math.ceil(maxBytes / 4)), whenFull: limits.whenFull ?? 'refuse-newest' };
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.lock();
    for (const name of readdirSync(this.folder)) {
      const number = /^(\d{10})\.ndjson$/.exec(name)?.[1];
      if (number !== undefined) this.sizes.set(Number(number), statSync(join(this.folder, name)).size);
    }
    this.cursor = this.readCursor();
    // Never behind a line that may be cut: each start writes a segment of its own.
    this.next = Math.max(this.cursor.segment, ...this.sizes.keys()) + 1;
    this.clear();
    for (const segment of this.sizes.keys()) this.pending += this.count(segment, segment === this.cursor.segment ? this.cursor.offset : 0);
  }

  /** Bytes of all segments. */
  get bytes(): number {
    let sum = 0;
    for (const size of this.sizes.values()) sum += size;
    return sum;
  }

  /** Keeps a line; false where it was lost to the bound or to the disk. */
  append(line: string): boolean {
    const bytes = Buffer.from(line + '\n');
    while (this.bytes + bytes.length > this.limits.maxBytes) {
      if (this.limits.whenFull === 'refuse-newest' || !this.dropOldest()) {
        this.dropped++;
        return false;
      }
    }
    try {
      const { segment, file } = (this.writing ??= this.begin());
      const written = writeSync(file, bytes);
      const size = (this.sizes.get(segment) ?? 0) + written;
      this.sizes.set(segment, size);
      this.unsynced = true;
      // Cut by a full disk, or full itself: nothing is written behind it.
      if (written < bytes.length || size >= this.limits.segmentBytes) this.end();
      if (written < bytes.length) {
        this.torn++;
        throw new Error('The disk is full.');
      }
    } catch {
      this.end();
      this.dropped++;
      return false;
    }
    this.pending++;
    return true;
  }

  /** The oldest lines that wait, without taking them away. */
  read(most: number, mostBytes: number): SpoolBatch {
    const batch: SpoolBatch = { lines: [], places: [] };
    let bytes = 0;
    for (const segment of [...this.sizes.keys()].sort((a, b) => a - b)) {
      if (segment < this.cursor.segment) continue;
      let offset = segment === this.cursor.segment ? this.cursor.offset : 0;
      for (const line of this.linesOf(segment, offset, mostBytes - bytes)) {
        if (batch.lines.length >= most || (batch.lines.length > 0 && bytes + line.length > mostBytes)) return batch;
        offset += line.length + 1;
        bytes += line.length;
        batch.lines.push(line.toString());
        batch.places.push({ segment, offset });
      }
      if (batch.lines.length >= most || bytes >= mostBytes) return batch;
    }
    return batch;
  }

  /** Forgets what stands before a place. */
  acknowledge(place: Place, lines: number): void {
    if (place.segment < this.cursor.segment || (place.segment === this.cursor.segment && place.offset <= this.cursor.offset)) return;
    this.cursor = place;
    this.pending -= lines;
    const file = join(this.folder, 'cursor');
    writeFileSync(file + '.new', JSON.stringify(place));
    renameSync(file + '.new', file);
    this.clear();
  }

  /** Waits until the disk itself has what was written: against a power cut; a killed process needs it not. */
  async sync(): Promise<void> {
    const file = this.writing?.file;
    if (!this.unsynced || file === undefined) return;
    this.unsynced = false;
    // A segment that ended meanwhile is closed; its bytes are with the system.
    await new Promise<void>((done) => fdatasync(file, () => done()));
  }

  close(): void {
    this.end();
    rmSync(join(this.folder, 'lock'), { force: true });
    open.delete(this.folder);
  }

  private path(segment: number): string {
    return join(this.folder, String(segment).padStart(10, '0') + '.ndjson');
  }

  private begin(): { segment: number; file: number } {
    const segment = this.next++;
    const file = openSync(this.path(segment), 'wx', 0o600);
    this.sizes.set(segment, 0);
    return { segment, file };
  }

  private end(): void {
    if (!this.writing) return;
    const { file } = this.writing;
    this.writing = null;
    closeSync(file);
  }

  // Takes away segments that were read to their end.
  private clear(): void {
    for (const [segment, size] of this.sizes) {
      const done = segment < this.cursor.segment || (segment === this.cursor.segment && this.cursor.offset >= size && this.writing?.segment !== segment);
      if (!done) continue;
      rmSync(this.path(segment), { force: true });
      this.sizes.delete(segment);
    }
  }

  private dropOldest(): boolean {
    const oldest = Math.min(...this.sizes.keys());
    if (!Number.isFinite(oldest)) return false;
    if (this.writing?.segment === oldest) this.end();
    const lost = this.count(oldest, oldest === this.cursor.segment ? this.cursor.offset : 0);
    this.acknowledge({ segment: oldest, offset: this.sizes.get(oldest)! }, lost);
    rmSync(this.path(oldest), { force: true });
    this.sizes.delete(oldest);
    this.dropped += lost;
    return true;
  }

  private *linesOf(segment: number, from: number, wanted: number): Generator<Buffer> {
    const file = openSync(this.path(segment), 'r');
    try {
      const end = this.sizes.get(segment)!;
      let rest = Buffer.alloc(0);
      for (let offset = from; offset < end; ) {
        const buffer = Buffer.alloc(Math.min(end - offset, Math.max(65_536, Math.min(wanted, 1_048_576))));
        const read = readSync(file, buffer, 0, buffer.length, offset);
        if (read === 0) break;
        offset += read;
        rest = Buffer.concat([rest, buffer.subarray(0, read)]);
        for (let at = rest.indexOf(lineEnd); at >= 0; at = rest.indexOf(lineEnd)) {
          yield rest.subarray(0, at);
          rest = rest.subarray(at + 1);
        }
      }
    } finally {
      closeSync(file);
    }
  }

  private count(segment: number, from: number): number {
    let lines = 0;
    let offset = from;
    for (const line of this.linesOf(segment, from, 1_048_576)) {
      lines++;
      offset += line.length + 1;
    }
    if (offset < this.sizes.get(segment)!) this.torn++;
    return lines;
  }

  private readCursor(): Place {
    try {
      const { segment, offset } = JSON.parse(readFileSync(join(this.folder, 'cursor'), 'utf8'));
      if (Number.isSafeInteger(segment) && Number.isSafeInteger(offset)) return { segment, offset };
    } catch {
      // None yet, or unreadable: everything is sent again and counts once.
    }
    return { segment: 0, offset: 0 };
  }

  // One process for a folder. What a killed one left behind is known by its number and when that number was given.
  private lock(): void {
    const file = join(this.folder, 'lock');
    let holder: { pid?: number; since?: string } = {};
    try {
      holder = JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      // Nobody.
    }
    const held = holder.pid !== undefined && holder.pid !== process.pid && isAlive(holder.pid) && startOf(holder.pid) === holder.since;
    if (held || open.has(this.folder))
      throw new Error(`The spool ${this.folder} is in use by process ${holder.pid ?? process.pid}. Each process needs a folder of its own.`);
    writeFileSync(file, JSON.stringify({ pid: process.pid, since: startOf(process.pid) }));
    open.add(this.folder);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
