import { verdicts } from "../budgets.mjs";
import { factor, figure, markdown } from "./table.mjs";

/** How far it is from the limit, for what has missed it. */
function verdict({ measured, limit, isMost, isMet }) {
  if (measured === undefined) return "not measured";
  if (isMet) return "met";
  // Where a limit is nought, a factor says nothing.
  if (limit <= 0 || measured < 0) return `missed by ${figure(Math.abs(measured - limit))}`;
  return `missed: ${factor(isMost ? measured / limit : limit / measured)}`;
}

/** Every budget with what was measured, as Markdown. */
export const verdictTable = (results) =>
  markdown(
    ["", "measured", "limit", "", ""],
    verdicts(results).map((each) => [
      each.what,
      figure(each.measured),
      `${each.isMost ? "≤" : "≥"} ${figure(each.limit)}`,
      each.unit,
      verdict(each),
    ]),
  );
