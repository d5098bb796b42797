/** A number with three significant digits and thousands separators. */
export function figure(number) {
  if (number === undefined || number === null) return "";
  if (!Number.isFinite(number)) return String(number);
  const size = Math.abs(number);
  if (size >= 1000) return Math.round(number).toLocaleString("en-US");
  return String(Number(number.toPrecision(3)));
}

/** `a` divided by `b`, as a factor. */
export const factor = (number) => (number === undefined ? "" : `${figure(number)} ×`);

/** A Markdown table; each row is a list of texts. */
export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The table of a result as Markdown: name, median and spread, ratio, and further columns. */
export function tableOf({ unit, rows, extras = [], ratioTo }) {
  // A figure that is measured once, or equal in every round, has no spread.
  const isSpread = rows.some((row) => row.rounds > 1);
  const head = [
    "",
    unit,
    ...(isSpread ? ["middle half"] : []),
    ...(ratioTo ? [`× ${ratioTo}`] : []),
    ...extras.map(({ title }) => title),
  ];
  return markdown(
    head,
    rows.map((row) => [
      row.name,
      figure(row.median),
      ...(isSpread ? [`${figure(row.low)} to ${figure(row.high)}`] : []),
      ...(ratioTo ? [figure(row.ratio)] : []),
      ...extras.map(({ of }) => (typeof row[of] === "number" ? figure(row[of]) : (row[of] ?? ""))),
    ]),
  );
}
