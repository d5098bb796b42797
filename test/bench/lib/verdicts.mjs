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

/** Every budget with what was measured, as Markdown; what is missed stands out. */
export const verdictTable = (results) =>
  markdown(
    ["what", "measured", "aim", "in", ""],
    verdicts(results).map((each) => [
      each.what,
      figure(each.measured),
      `${each.isMost ? "≤" : "≥"} ${figure(each.limit)}`,
      each.unit,
      each.isMet ? verdict(each) : `**${verdict(each)}**`,
    ]),
  );

/** How many are met, in a sentence. */
export function verdictText(results) {
  const all = verdicts(results);
  const met = all.filter(({ isMet }) => isMet === true).length;
  const open = all.filter(({ isMet }) => isMet === undefined).length;
  const missed = all.length - met - open;
  const rest = open > 0 ? `, and ${open} not measured` : "";
  return missed + open === 0
    ? `All ${all.length} aims are met.`
    : `Of ${all.length} aims ${met} are met and **${missed} missed**${rest}.`;
}
