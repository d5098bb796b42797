/** The calls that the suites of hits and misses make: 1,024 keys in turn, by the form of their arguments. */
export const KEYS = 1024;
const MASK = KEYS - 1;

/** A text key made with one has 15 to 18 characters: V8 makes a rope of 13 and more, and of most real ones. */
const NAMES = Array.from({ length: KEYS }, (_, i) => `customer-${1000 + i}`);
const OBJECTS = NAMES.map((b, a) => ({ a, b }));
const OPTIONALS = NAMES.map((b, a) => (a % 2 === 0 ? { a, b } : { a }));

/** How each form is written by hand: the function, and the text of its key. */
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
