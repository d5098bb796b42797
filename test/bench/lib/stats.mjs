/** A quantile of the numbers; 0.5 is the median. */
export function quantile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}

export const median = (numbers) => quantile(numbers, 0.5);

/** Summarises the rounds of a row: the median, and the middle half as the spread. */
export function summary(numbers) {
  const round = (number) => Number(number.toPrecision(4));
  return {
    median: round(median(numbers)),
    low: round(quantile(numbers, 0.25)),
    high: round(quantile(numbers, 0.75)),
    rounds: numbers.length,
  };
}

/** Pseudorandom numbers that are the same in every run (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
