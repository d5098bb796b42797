/** Marked functions that bind their arguments in every possible way. Each run returns a new number. */
let runs = 0;

interface Options {
  signal?: AbortSignal;
  limit: number;
  locale?: string;
}

// @cached allow=module-state namespace=bound
export const any1 = (
  _value: Date | Map<unknown, unknown> | object | string | number | bigint | null | undefined,
): number => ++runs;
// @cached allow=module-state namespace=bound
export function getUser(_id: number, _locale = "en"): number {
  return ++runs;
}
// @cached allow=module-state namespace=bound
export const rest = (..._ids: number[]): number => ++runs;
// @cached allow=module-state namespace=bound
export const destructured = ({ a, b: [c, d = 4] }: { a: number; b: number[]; unread?: string }): number => {
  void [a, c, d];
  return ++runs;
};
// @cached allow=module-state namespace=bound
export const signalled = (_id: number, _options: Options, _signal?: AbortSignal): number => ++runs;
// @cached allow=module-state namespace=bound key=id,options.locale
export const chosen = (id: number, options: Options): number => {
  void [id, options];
  return ++runs;
};
// @cached allow=module-state namespace=bound ignore=trace
export const ignoring = (_id: number, trace: () => void): number => {
  void trace;
  return ++runs;
};

export class Repo {
  readonly tenant: string;
  constructor(tenant: string) {
    this.tenant = tenant;
  }
  // @cached allow=module-state this=tenant
  find(_id: number): string {
    return `${this.tenant}${++runs}`;
  }
}

export function scope(tenant: string): (id: number) => number {
  // @cached allow=module-state namespace=bound
  const inner = (_id: number): number => {
    void tenant;
    return ++runs;
  };
  return inner;
}
