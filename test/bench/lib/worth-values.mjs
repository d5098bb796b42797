/** Arguments of the functions in `fixtures/worth.ts`: 64 sets for each, by the name of the function. */
import { pointsOf } from "./key-values.mjs";

const SETS = 64;
const sets = (make) => Array.from({ length: SETS }, (_, at) => make(at));
const row = (id) => ({ id, name: `customer ${id}`, price: id * 12.5, at: `2026-01-${10 + (id % 20)}` });
const rows = (at, length) => Array.from({ length }, (_, index) => row(at + index));
const text = (at) => `The quick brown fox no. ${at} jumps over the lazy dog, +49 30 ${1000 + at}`;

export const ARGUMENTS = {
  isAddress: sets((at) => [`ada.lovelace.${at}@mail.example.org`]),
  digitsOf: sets((at) => [text(at)]),
  wordsOf: sets((at) => [text(at)]),
  slug: sets((at) => [text(at)]),
  isSameText: sets((at) => [text(at), text(at % 2)]),
  order: sets((at) => [`customer ${at}`, `customer ${SETS - at}`]),
  isSameRow: sets((at) => [row(at), row(at)]),
  distanceOfTexts: sets((at) => [`customer ${at}`, `costumer ${at * 7}`]),
  isLeap: sets((at) => [1900 + at]),
  clamp: sets((at) => [at * 3, 10, 100]),
  price: sets((at) => [at * 199]),
  localPrice: sets((at) => [at * 199]),
  day: sets((at) => [1.7e12 + at * 1e9]),
  localDay: sets((at) => [1.7e12 + at * 1e9]),
  label: sets((at) => [row(at)]),
  hex: sets((at) => [at * 260_000]),
  isPrime: sets((at) => [1_000_003 + 2 * at]),
  distance: sets((at) => [
    [at, 1],
    [3, at],
  ]),
  isInside: sets(() => [pointsOf(10), 500, 500]),
  area: sets(() => [pointsOf(100)]),
  hull: sets(() => [pointsOf(50)]),
  nearest: sets(() => [pointsOf(1000), 500, 500]),
  total: sets((at) => [rows(at, 20)]),
  median: sets((at) => [Array.from({ length: 200 }, (_, index) => (index * 7919 * (at + 1)) % 1009)]),
  groups: sets((at) => [rows(at, 100)]),
  parse: sets((at) => [JSON.stringify(rows(at, 100))]),
  csv: sets((at) => [
    rows(at, 20)
      .map((each) => Object.values(each).join())
      .join("\n"),
  ]),
  query: sets((at) => [`id=${at}&name=customer%20${at}&sort=price`]),
  stringify: sets((at) => [rows(at, 20)]),
  fetched: sets((at) => [at]),
};
