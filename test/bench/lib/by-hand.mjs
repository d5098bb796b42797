/**
 * Caching code as an expert writes it by hand. Each wrapper has a fixed number of arguments, because a rest
 * parameter is slower.
 */

const TTL = 600_000;

/** Returns the time with a resolution of some milliseconds, from a timer. */
function coarseClock() {
  const clock = { now: Date.now() };
  setInterval(() => (clock.now = Date.now()), 5).unref();
  return clock;
}

/** A key text from the arguments, one `Map`, and a clock read at each hit: the baseline of the budgets. */
export function template(fn, key) {
  const entries = new Map();
  if (fn.length === 1) {
    return (a) => {
      const text = key(a);
      const entry = entries.get(text);
      if (entry !== undefined && entry.expires > Date.now()) return entry.value;
      const value = fn(a);
      entries.set(text, { value, expires: Date.now() + TTL });
      return value;
    };
  }
  return (a, b) => {
    const text = key(a, b);
    const entry = entries.get(text);
    if (entry !== undefined && entry.expires > Date.now()) return entry.value;
    const value = fn(a, b);
    entries.set(text, { value, expires: Date.now() + TTL });
    return value;
  };
}

/** The same without expiry. */
export function templateForever(fn, key) {
  const entries = new Map();
  if (fn.length === 1) {
    return (a) => {
      const text = key(a);
      const entry = entries.get(text);
      if (entry !== undefined) return entry.value;
      const value = fn(a);
      entries.set(text, { value });
      return value;
    };
  }
  return (a, b) => {
    const text = key(a, b);
    const entry = entries.get(text);
    if (entry !== undefined) return entry.value;
    const value = fn(a, b);
    entries.set(text, { value });
    return value;
  };
}

/** With a clock that a timer sets. */
export function templateCoarse(fn, key) {
  const entries = new Map();
  const clock = coarseClock();
  if (fn.length === 1) {
    return (a) => {
      const text = key(a);
      const entry = entries.get(text);
      if (entry !== undefined && entry.expires > clock.now) return entry.value;
      const value = fn(a);
      entries.set(text, { value, expires: clock.now + TTL });
      return value;
    };
  }
  return (a, b) => {
    const text = key(a, b);
    const entry = entries.get(text);
    if (entry !== undefined && entry.expires > clock.now) return entry.value;
    const value = fn(a, b);
    entries.set(text, { value, expires: clock.now + TTL });
    return value;
  };
}

/** One `Map` per argument and no text. For an object, its properties are the arguments. */
const nestedBy = (isFresh, expiry) => (fn, form) => {
  const entries = new Map();
  if (form === "number") {
    return (a) => {
      const entry = entries.get(a);
      if (entry !== undefined && isFresh(entry)) return entry.value;
      const value = fn(a);
      entries.set(a, { value, expires: expiry() });
      return value;
    };
  }
  if (form === "pair") {
    return (a, b) => {
      const entry = entries.get(a)?.get(b);
      if (entry !== undefined && isFresh(entry)) return entry.value;
      const value = fn(a, b);
      let inner = entries.get(a);
      if (inner === undefined) entries.set(a, (inner = new Map()));
      inner.set(b, { value, expires: expiry() });
      return value;
    };
  }
  return (at) => {
    const entry = entries.get(at.a)?.get(at.b);
    if (entry !== undefined && isFresh(entry)) return entry.value;
    const value = fn(at);
    let inner = entries.get(at.a);
    if (inner === undefined) entries.set(at.a, (inner = new Map()));
    inner.set(at.b, { value, expires: expiry() });
    return value;
  };
};

export const nested = nestedBy(
  (entry) => entry.expires > Date.now(),
  () => Date.now() + TTL,
);

export const nestedForever = nestedBy(
  () => true,
  () => Infinity,
);

/** A key text, a `Map`, and the promise of the function; removed if it rejects. */
export function templateAsync(fn, key) {
  const entries = new Map();
  return (a, b) => {
    const text = key(a, b);
    const entry = entries.get(text);
    if (entry !== undefined && entry.expires > Date.now()) return entry.promise;
    const promise = fn(a, b);
    entries.set(text, { promise, expires: Date.now() + TTL });
    promise.catch(() => entries.delete(text));
    return promise;
  };
}

/** The same with one `Map` per argument. */
export function nestedAsync(fn) {
  const entries = new Map();
  return (a, b) => {
    const entry = entries.get(a)?.get(b);
    if (entry !== undefined && entry.expires > Date.now()) return entry.promise;
    const promise = fn(a, b);
    let inner = entries.get(a);
    if (inner === undefined) entries.set(a, (inner = new Map()));
    inner.set(b, { promise, expires: Date.now() + TTL });
    promise.catch(() => entries.get(a)?.delete(b));
    return promise;
  };
}
