/** The calls of the hit and miss suites: 1,024 keys in turn, by the form of their arguments. */
export const KEYS = 1024;
const MASK = KEYS - 1;

/**
 * A key text with one of these has 15 to 18 characters: V8 creates a rope for 13 and more, as for most real
 * keys.
 */
const NAMES = Array.from({ length: KEYS }, (_, i) => `customer-${1000 + i}`);
const OBJECTS = NAMES.map((b, a) => ({ a, b }));
const OPTIONALS = NAMES.map((b, a) => (a % 2 === 0 ? { a, b } : { a }));

/** Each form written by hand: the function, and its key text. */
export const FORMS = {
  number: {
    title: "(number)",
    fn: (id) => id + 1,
    key: (id) => `${id}`,
    loop: (f) => (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += f(i & MASK);
      return sum;
    },
    awaited: (f) => async (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += await f(i & MASK);
      return sum;
    },
  },
  pair: {
    title: "(number, string)",
    fn: (id, name) => id + name.length,
    key: (id, name) => `${id}:${name}`,
    loop: (f) => (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += f(i & MASK, NAMES[i & MASK]);
      return sum;
    },
    awaited: (f) => async (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += await f(i & MASK, NAMES[i & MASK]);
      return sum;
    },
  },
  object: {
    title: "({ a: number, b: string })",
    fn: ({ a, b }) => a + b.length,
    key: ({ a, b }) => `${a}:${b}`,
    loop: (f) => (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += f(OBJECTS[i & MASK]);
      return sum;
    },
  },
  optional: {
    title: "({ a: number, b?: string })",
    fn: ({ a, b }) => a + (b ?? "").length,
    key: ({ a, b }) => (b === undefined ? `${a}` : `${a}:${b}`),
    loop: (f) => (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += f(OPTIONALS[i & MASK]);
      return sum;
    },
  },
};
