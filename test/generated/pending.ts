/** Faults of the compiler that are known, by the productions that show them. */
export const PENDING: ReadonlySet<string> = new Set(
  process.env["PROGRAM_ALL"] === undefined
    ? [
        "undefined",
        "Object",
        "Klass",
        "assigned patterns",
        "first comments",
        "isolated declarations",
        "generic call",
        "typed by a union of tuples",
        "types of parameters",
        "assertions of parameters",
        "capturing a variable before it is initialized",
        "reading its receiver at times",
        "member that is gone",
        "rest with the type of a tuple",
      ]
    : [],
);
/** Returns the items unless a production is pending. */
export const unlessPending = <T>(name: string, ...items: readonly T[]): readonly T[] =>
  PENDING.has(name) ? [] : items;
