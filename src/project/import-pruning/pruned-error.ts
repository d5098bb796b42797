/** Thrown by the checker when a type query reaches the outline of a library, or a module that was not scanned. */
export class PrunedError extends Error {
  /** The file that imports the module. Undefined if the query reached the outline of a library. */
  readonly from: string | undefined;

  constructor(from?: string) {
    super(from === undefined ? "A library was pruned." : `An import of ${from} was not scanned.`);
    this.from = from;
  }
}
