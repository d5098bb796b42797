/** How instances of a class that is not yours are keyed and stored: one entry of `configure({ classes })`. */
export interface ClassCodec {
  /** The class. Only its own instances count, not those of subclasses. */
  readonly class: { readonly name: string; readonly prototype: object };
  /**
   * Identifies the class in keys and in stored entries. Default: the name of the class. Set it if a minifier renames
   * the class: each build would have keys of its own.
   */
  readonly name?: string;
  /** Returns what makes the key, and what is stored: any value that has a key. Equal instances need equal values. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- so that `(d) => d.toString()` needs no annotation
  encode(instance: any): unknown;
  /** Returns an instance from what `encode` returned. It reads untrusted data from stores; what it throws is a miss. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  decode(encoded: any): object;
}
