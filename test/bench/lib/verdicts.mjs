import { verdicts } from "../budgets.mjs";
import { factor, figure, markdown } from "./table.mjs";

/** The result of a budget, with the distance to its limit if it is missed. */
function verdict({ measured, limit, isMost, isMet }) {
  if (measured === undefined) return "not measured";
  if (isMet) return "met";
  // With a limit of zero, a factor is meaningless.
  if (limit <= 0 || measured < 0) return `missed by ${figure(Math.abs(measured - limit))}`;
  return `missed: ${factor(isMost ? measured / limit : limit / measured)}`;
}

/** All budgets with their figures, as Markdown. Missed ones are bold. */
export const verdictTable = (results) =>
  markdown(
    ["budget", "measured", "limit", "unit", "result"],
    verdicts(results).map((each) => [
      each.what,
      figure(each.measured),
      `${each.isMost ? "≤" : "≥"} ${figure(each.limit)}`,
      each.unit,
      each.isMet ? verdict(each) : `**${verdict(each)}**`,
    ]),
  );

/** The number of met budgets, in a sentence. */
export function verdictText(results) {
  const all = verdicts(results);
  const met = all.filter(({ isMet }) => isMet === true).length;
  const open = all.filter(({ isMet }) => isMet === undefined).length;
  const missed = all.length - met - open;
  const rest = open > 0 ? `, and ${open} not measured` : "";
  return missed + open === 0
    ? `All ${all.length} budgets are met.`
    : `${met} of ${all.length} budgets are met, **${missed} missed**${rest}.`;
}
