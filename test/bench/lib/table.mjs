/** Three digits that matter, with thousands apart. */
export function figure(number) {
  if (number === undefined || number === null) return "";
  if (!Number.isFinite(number)) return String(number);
  const size = Math.abs(number);
  if (size >= 1000) return Math.round(number).toLocaleString("en-US");
  return String(Number(number.toPrecision(3)));
}

/** `a` over `b`, as a factor. */
export const factor = (number) => (number === undefined ? "" : `${figure(number)} ×`);

/** A table as Markdown; each row a list of texts. */
export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A result's table as Markdown: the name, the median and its spread, the ratio, what else the rows say. */
export function tableOf({ unit, rows, extras = [], ratioTo }) {
  // What is the same in every round, and is measured once, has no spread.
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
