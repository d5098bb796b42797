/** Thrown by the checker when a type query reaches a file that was pruned from the program. */
export class PrunedError extends Error {
  /** The file with the pruned import. Undefined if the query reached the outline of a library. */
  readonly from: string | undefined;

  constructor(from?: string) {
    super(from === undefined ? "A library was pruned." : `An import was pruned from ${from}.`);
    this.from = from;
  }
}
