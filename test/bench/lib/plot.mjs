/** Bar charts as SVG: the time of a hit on a logarithmic axis. */
import { figure } from "./table.mjs";

const WIDTH = 760;
const LEFT = 290;
const RIGHT = 90;
const BAR = 16;
const GAP = 8;

const kindOf = (name) =>
  name.startsWith("aotcache") ? "own" : /^(?:by hand|an async function)/.test(name) ? "hand" : "peer";

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function chart({ title, rows, top }) {
  const sorted = [...rows].sort((one, other) => one.median - other.median);
  const low = 10 ** Math.floor(Math.log10(sorted[0].median));
  const high = 10 ** Math.ceil(Math.log10(sorted.at(-1).median));
  const x = (value) => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(value / low)) / Math.log(high / low);
  const bars = sorted.map(({ name, median }, index) => {
    const y = top + 34 + index * (BAR + GAP);
    return [
      `<text class="name" x="${LEFT - 8}" y="${y + 12}">${escape(name)}</text>`,
      `<rect class="${kindOf(name)}" x="${LEFT}" y="${y}" width="${Math.max(2, x(median) - LEFT).toFixed(1)}" height="${BAR}" rx="2"/>`,
      `<text class="value" x="${(x(median) + 6).toFixed(1)}" y="${y + 12}">${figure(median)} ns</text>`,
    ].join("\n");
  });
  const bottom = top + 34 + sorted.length * (BAR + GAP);
  const ticks = [];
  for (let tick = low; tick <= high; tick *= 10) {
    const at = x(tick).toFixed(1);
    ticks.push(`<line x1="${at}" x2="${at}" y1="${top + 26}" y2="${bottom}"/>`);
    ticks.push(`<text class="tick" x="${at}" y="${top + 22}">${tick.toLocaleString("en-US")}</text>`);
  }
  return {
    text: [`<text class="title" x="8" y="${top + 6}">${escape(title)}</text>`, ...ticks, ...bars].join("\n"),
    bottom,
  };
}

const LEGEND = [
  ["own", "aotcache"],
  ["hand", "by hand"],
  ["peer", "libraries"],
];

/** Explains the colours, the lengths and the lines. */
function legend(top) {
  const keys = LEGEND.map(([kind, text], index) => {
    const x = LEFT + index * 100;
    return `<rect class="${kind}" x="${x}" y="${top - 10}" width="12" height="12" rx="2"/><text x="${x + 18}" y="${top}">${text}</text>`;
  });
  const note = "median nanoseconds per hit; shorter is faster; each line is ten times the previous one";
  return [...keys, `<text class="note" x="${WIDTH - 8}" y="${top + 24}">${note}</text>`].join("\n");
}

/** Sync and async hits, one below the other. */
export function plot(results) {
  const parts = [legend(20)];
  let top = 74;
  for (const [suite, id, title] of [
    ["hits", "pair-ttl", "A sync hit, (number, string), with a ttl"],
    ["hits-async", "async", "An async hit, awaited"],
  ]) {
    const rows = results[suite]?.tables.find((table) => table.id === id)?.rows;
    if (!rows) continue;
    const { text, bottom } = chart({ title, rows, top });
    parts.push(text);
    top = bottom + 36;
  }
  const height = top - 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="What a hit takes, in nanoseconds">
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.value { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
.note { text-anchor: end; fill: #57606a }
.title { font-weight: 600; font-size: 14px }
.name { text-anchor: end }
.tick { text-anchor: middle; fill: #57606a }
line { stroke: #d0d7de }
.own { fill: #1a7f37 }
.hand { fill: #8c959f }
.peer { fill: #54aeff }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.value { stroke: #0d1117 }
.note, .tick { fill: #9198a1 }
line { stroke: #3d444d }
.own { fill: #3fb950 }
}
</style>
${parts.join("\n")}
</svg>
`;
}
