/** Thrown out of the checker where a question led to what was left out of the program. */
export class PrunedError extends Error {
  /** The file whose import led there; undefined where it was a declaration of a library. */
  readonly from: string | undefined;

  constructor(from?: string) {
    super(`left out of the program: ${from ?? "a library"}`);
    this.from = from;
  }
}
