/** One direction of a connection through the test proxy. */
import type { Socket } from "node:net";

/** What happens to the bytes of one direction of a connection. */
export type Treatment =
  | { readonly kind: "pass" }
  /** Forwards after this many milliseconds, in order. */
  | { readonly kind: "late"; readonly ms: number }
  /** Holds the bytes until another treatment releases them. */
  | { readonly kind: "hold" }
  /** Discards the bytes, and the end of the connection. */
  | { readonly kind: "drop" }
  /** Forwards this many bytes (default: half of the next piece), then ends both sides. */
  | { readonly kind: "cut"; readonly bytes?: number }
  /** Forwards a replacement for each piece. */
  | { readonly kind: "replace"; readonly by: Replacement };

export type Replacement = string | Uint8Array | ((piece: Buffer) => string | Uint8Array);

/** Bytes that arrived, and bytes that were forwarded. */
export interface Traffic {
  arrived: number;
  passed: number;
}

export function newTraffic(): Traffic {
  return { arrived: 0, passed: 0 };
}

export const PASS: Treatment = { kind: "pass" };

interface Piece {
  /** `undefined`: the end of the stream. */
  readonly bytes: Buffer | undefined;
  /** The earliest time to forward it, by `performance.now()`. */
  readonly due: number;
}

interface LineEnds {
  readonly from: Socket;
  readonly to: Socket;
  /** The counters for the bytes of this direction. */
  readonly counters: readonly Traffic[];
  /** Ends the whole connection after the pending writes. */
  cut(): void;
}

/** One direction of one connection. */
export class Line {
  readonly #ends: LineEnds;
  readonly #waiting: Piece[] = [];
  #treatment: Treatment;
  /** The number of bytes to forward before the cut. */
  #left: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ends: LineEnds, treatment: Treatment) {
    this.#ends = ends;
    this.#treatment = treatment;
    this.treat(treatment);
    ends.from.on("data", (bytes: Buffer) => this.#arrive(bytes));
    ends.from.once("end", () => this.#arrive(undefined));
    ends.to.on("drain", () => this.#ends.from.resume());
    ends.to.once("close", () => clearTimeout(this.#timer));
  }

  treat(treatment: Treatment): void {
    this.#treatment = treatment;
    this.#left = treatment.kind === "cut" ? treatment.bytes : undefined;
    if (treatment.kind !== "hold") this.#ends.from.resume();
    this.#pump();
  }

  #arrive(bytes: Buffer | undefined): void {
    this.#count("arrived", bytes?.length ?? 0);
    const delay = this.#treatment.kind === "late" ? this.#treatment.ms : 0;
    this.#waiting.push({ bytes, due: performance.now() + delay });
    this.#pump();
  }

  /**
   * Forwards the pieces that are due. A piece keeps the delay it arrived with, so that no piece overtakes
   * another.
   */
  #pump(): void {
    clearTimeout(this.#timer);
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      // Unread bytes stay in the kernel, which slows down the sender when its buffer is full.
      if (this.#treatment.kind === "hold") return void this.#ends.from.pause();
      const wait = first.due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(wait));
        return;
      }
      this.#waiting.shift();
      this.#forward(first.bytes);
    }
  }

  #forward(bytes: Buffer | undefined): void {
    const treatment = this.#treatment;
    if (treatment.kind === "drop") return;
    if (!bytes) return void this.#ends.to.end();
    if (treatment.kind === "cut") {
      const left = (this.#left ??= Math.floor(bytes.length / 2));
      this.#write(bytes.subarray(0, left));
      this.#left = left - bytes.length;
      if (this.#left <= 0) this.#ends.cut();
    } else if (treatment.kind === "replace") {
      const { by } = treatment;
      this.#write(Buffer.from((typeof by === "function" ? by(bytes) : by) as Uint8Array));
    } else {
      this.#write(bytes);
    }
  }

  #write(bytes: Uint8Array): void {
    const { from, to } = this.#ends;
    if (bytes.length === 0 || !to.writable) return;
    this.#count("passed", bytes.length);
    if (!to.write(bytes)) from.pause();
  }

  #count(what: keyof Traffic, bytes: number): void {
    for (const traffic of this.#ends.counters) traffic[what] += bytes;
  }
}
