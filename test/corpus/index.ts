/**
 * `npm run corpus` measures all packages, `npm run corpus -- zod rxjs` some. Updates results.json, RESULTS.md and
 * src/README.md; `.tmp/log.txt` has every diagnostic and every difference.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_NAMES, root } from "./packages.ts";
import { PAGE, pageOf, readRows, RESULTS, type Row, rowOf, SUMMARY, withTotals } from "./table.ts";

const chosen = process.argv.slice(2);
const log = join(root, "test/corpus/packages/.tmp/log.txt");
mkdirSync(join(log, ".."), { recursive: true });
writeFileSync(log, "");

for (const name of chosen.length > 0 ? chosen : PACKAGE_NAMES) {
  const started = performance.now();
  const row = await rowOf(name, (line) => {
    appendFileSync(log, `${line}\n`);
  });
  const kept = readRows().filter((each: Row) => each.name !== name && PACKAGE_NAMES.includes(each.name));
  const rows = [...kept, row].sort((one, other) => (one.name < other.name ? -1 : 1));
  writeFileSync(RESULTS, `${JSON.stringify(rows, null, 2)}\n`);
  writeFileSync(PAGE, pageOf(rows));
  writeFileSync(SUMMARY, withTotals(readFileSync(SUMMARY, "utf8"), rows));
  console.log(`${name}: ${Math.round((performance.now() - started) / 1000)} s`);
}
