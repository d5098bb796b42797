/** Recursive functions. Each goes `n` levels deep. `salt` makes new keys, so that no level is a hit. */

// @cached
export function declared(n: number, salt: number): number {
  return n === 0 ? salt : 1 + declared(n - 1, salt);
}

// @cached
export const arrow = (n: number, salt: number): number => (n === 0 ? salt : 1 + arrow(n - 1, salt));

type Step = (at: { n: number; salt: number }) => number;

// @cached
export const typed: Step = ({ n, salt }) => {
  if (n === 0) return salt;
  return 1 + typed({ n: n - 1, salt });
};

class Counter {
  // @cached this=ignore
  count(n: number, salt: number): number {
    if (n > 0) {
      const rest = this.count(n - 1, salt);
      return rest + 1;
    }
    return salt;
  }
}

const counter = new Counter();
export const method = (n: number, salt: number): number => counter.count(n, salt);

// @cached
function evaluate(n: number, salt: number): number {
  return n === 0 ? salt : evaluateAll([n - 1], salt);
}

const evaluateAll = (ns: readonly number[], salt: number): number =>
  ns.map((n) => evaluate(n, salt)).reduce((sum, each) => sum + each, 0);

export const mutual = (n: number, salt: number): number => evaluate(n, salt);

// @cached
export function walk(n: number, salt: number): number {
  let sum = 0;
  for (const child of n === 0 ? [] : [n - 1]) sum += walk(child, salt);
  return sum;
}

// @cached
export function cleansUp(n: number, salt: number): number {
  for (const at of [n - 1]) {
    try {
      if (n === 0) continue;
      return 1 + cleansUp(at, salt);
    } finally {
      ignore(salt);
    }
  }
  return salt;
}

// @cached
export function nested(n: number, salt: number): number {
  return n === 0 ? salt : next(n);
  function next(from: number): number {
    return [from - 1].map((each) => nested(each, salt))[0]!;
  }
}

function ignore(n: number): number {
  return n;
}
