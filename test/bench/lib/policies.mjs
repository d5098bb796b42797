/**
 * Eviction policies. Each is a function that takes a key and returns whether it was stored. They are simple
 * rather than fast: only their hit ratio is measured.
 */

/** First in, first out. */
export function fifo(max) {
  const keys = new Set();
  return (key) => {
    if (keys.has(key)) return true;
    if (keys.size >= max) keys.delete(keys.keys().next().value);
    keys.add(key);
    return false;
  };
}

/** Zhang et al., SIEVE is Simpler than LRU, NSDI 2024. */
export function sieve(max) {
  const nodes = new Map();
  let [newest, oldest, hand] = [];
  const evict = () => {
    let node = hand ?? oldest;
    while (node.visited) {
      node.visited = false;
      node = node.newer ?? oldest;
    }
    hand = node.newer;
    if (node.newer) node.newer.older = node.older;
    else newest = node.older;
    if (node.older) node.older.newer = node.newer;
    else oldest = node.newer;
    nodes.delete(node.key);
  };
  return (key) => {
    const node = nodes.get(key);
    if (node) return (node.visited = true);
    if (nodes.size >= max) evict();
    const fresh = { key, visited: false, older: newest, newer: undefined };
    if (newest) newest.newer = fresh;
    else oldest = fresh;
    newest = fresh;
    nodes.set(key, fresh);
    return false;
  };
}

/** Yang et al., FIFO queues are all you need for cache eviction, SOSP 2023. */
export function s3fifo(max) {
  const small = new Map();
  const main = new Map();
  const ghost = new Set();
  const smallMax = Math.max(1, Math.floor(max / 10));
  const first = (map) => map.entries().next().value;
  const evictMain = () => {
    for (;;) {
      const [key, count] = first(main);
      main.delete(key);
      if (count === 0) return;
      main.set(key, count - 1);
    }
  };
  const evict = () => {
    while (small.size >= smallMax || main.size === 0) {
      const [key, count] = first(small);
      small.delete(key);
      if (count > 1) {
        main.set(key, 0);
        if (main.size > max - smallMax) return evictMain();
      } else {
        ghost.add(key);
        if (ghost.size > max - smallMax) ghost.delete(ghost.keys().next().value);
        return undefined;
      }
    }
    return evictMain();
  };
  return (key) => {
    for (const queue of [small, main]) {
      const count = queue.get(key);
      if (count === undefined) continue;
      queue.set(key, Math.min(3, count + 1));
      return true;
    }
    if (small.size + main.size >= max) evict();
    if (ghost.delete(key)) main.set(key, 0);
    else small.set(key, 0);
    return false;
  };
}

/** Estimates recent frequencies: four rows of small counters that are halved periodically (count-min). */
function sketch(max) {
  const width = 1 << Math.ceil(Math.log2(Math.max(16, max)));
  const rows = Array.from({ length: 4 }, () => new Uint8Array(width));
  let seen = 0;
  const place = (key, row) => {
    let hash = Math.imul(key ^ Math.imul(row + 1, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    return (hash ^ (hash >>> 13)) & (width - 1);
  };
  return {
    count: (key) => Math.min(...rows.map((counters, row) => counters[place(key, row)])),
    see(key) {
      const least = this.count(key);
      if (least < 15) {
        for (const [row, counters] of rows.entries()) {
          const at = place(key, row);
          if (counters[at] === least) counters[at]++;
        }
      }
      if (++seen < 10 * max) return;
      seen = 0;
      for (const counters of rows) for (let i = 0; i < width; i++) counters[i] >>= 1;
    },
  };
}

/** Einziger et al., TinyLFU, TOS 2017: a window of 1 %, and a main part that is a segmented LRU. */
export function wTinyLfu(max) {
  const windowMax = Math.max(1, Math.round(max / 100));
  const mainMax = max - windowMax;
  const safeMax = Math.floor(mainMax * 0.8);
  const [window, trial, safe] = [new Set(), new Set(), new Set()];
  const counts = sketch(max);
  const oldest = (set) => set.keys().next().value;
  const touch = (set, key) => set.delete(key) && set.add(key);
  return (key) => {
    counts.see(key);
    if (touch(window, key) || touch(safe, key)) return true;
    if (trial.delete(key)) {
      safe.add(key);
      if (safe.size > safeMax) {
        const back = oldest(safe);
        safe.delete(back);
        trial.add(back);
      }
      return true;
    }
    window.add(key);
    if (window.size <= windowMax) return false;
    const candidate = oldest(window);
    window.delete(candidate);
    if (trial.size + safe.size < mainMax) {
      trial.add(candidate);
      return false;
    }
    const victim = oldest(trial.size > 0 ? trial : safe);
    if (counts.count(candidate) > counts.count(victim)) {
      if (!trial.delete(victim)) safe.delete(victim);
      trial.add(candidate);
    }
    return false;
  };
}
