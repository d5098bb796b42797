/** The page with all functions. */
import type { FunctionInfo, InspectedStats } from "../types.ts";
import { functions, type Known } from "./data.ts";
import { h, setText } from "./dom.ts";
import { count, percent, seconds, size } from "./format.ts";
import { makePlot, type Plot } from "./plot.ts";
import { declaredAt } from "./place.ts";
import { isLoss, summaryOf } from "./pays.ts";

interface Column {
  readonly title: string;
  readonly help?: string;
  readonly text: (stats: InspectedStats) => string;
  /** What it is sorted by. */
  readonly order: (info: FunctionInfo) => number | string;
}

const counter = (title: string, name: "hits" | "misses" | "stale" | "errors" | "entries"): Column => ({
  title,
  text: (stats) => count(stats[name]),
  order: ({ stats }) => -stats[name],
});

const COLUMNS: readonly Column[] = [
  counter("hits", "hits"),
  counter("misses", "misses"),
  counter("stale", "stale"),
  counter("errors", "errors"),
  {
    title: "ratio",
    help: "hits, stale ones included, of all look-ups",
    text: ({ hitRatio, hits, misses, stale }) => (hits + misses + stale > 0 ? percent(hitRatio) : "–"),
    order: ({ stats }) => -stats.hitRatio,
  },
  {
    title: "saved",
    help: "the time that hits spared, less what the cache cost; negative if it is a loss",
    text: ({ saved, runs }) => (runs > 0 ? seconds(saved) : "–"),
    order: ({ stats }) => -stats.saved,
  },
  counter("entries", "entries"),
  {
    title: "size",
    help: "in memory, estimated",
    text: ({ bytes }) => size(bytes),
    order: ({ stats }) => -stats.bytes,
  },
  {
    title: "age",
    help: "of the oldest entry",
    text: ({ age }) => (age === undefined ? "–" : seconds(Math.round(age))),
    order: ({ stats }) => -(stats.age ?? -1),
  },
];

const LATENCY: Column = {
  title: "latency",
  help: "what a run takes without the cache, and a hit with it",
  text: ({ averageRun, averageHit, runs, hits }) =>
    runs === 0
      ? "–"
      : `run ${seconds(averageRun)}, hit ${hits > 0 && averageHit > 0 ? seconds(averageHit) : "not measured yet"}`,
  order: ({ stats }) => -stats.averageRun,
};

interface Row {
  readonly element: HTMLTableRowElement;
  readonly text: string;
  readonly plot: Plot;
  readonly latency: HTMLElement;
  readonly cells: readonly HTMLTableCellElement[];
}

/** A page that is shown. */
export interface View {
  readonly element: HTMLElement;
  /** The counters of these functions have changed. */
  update(ids: readonly string[]): void;
}

let query = "";
let sortedBy = "function";
let isReversed = false;

export function listView(): View {
  const rows = new Map([...functions].map(([id, known]) => [id, rowOf(id, known)]));
  const body = h("tbody");
  const found = h("output");
  const summary = h("p", { class: "pays" });
  let said = "";
  const summarize = (): void => {
    const children = summaryOf([...functions.values()].map(({ info }) => info));
    const text = children.map(({ textContent }) => textContent).join("");
    if (text !== said) summary.replaceChildren(...children);
    said = text;
  };
  const fill = (): void => {
    const words = query.toLowerCase().split(/\s+/);
    const { order } = [LATENCY, ...COLUMNS].find(({ title }) => title === sortedBy) ?? {};
    const ids = [...rows.keys()].filter((id) => words.every((word) => rows.get(id)!.text.includes(word)));
    if (order) {
      const keys = new Map(ids.map((id) => [id, order(functions.get(id)!.info) as number]));
      ids.sort((one, other) => keys.get(one)! - keys.get(other)!);
    }
    if (isReversed) ids.reverse();
    body.replaceChildren(...ids.map((id) => rows.get(id)!.element));
    setText(
      found,
      ids.length === rows.size ? `${rows.size} functions` : `${ids.length} of ${rows.size} functions`,
    );
  };
  const headers: HTMLElement[] = [];
  const header = ({ title, help }: Pick<Column, "title" | "help">): HTMLElement => {
    const cell = h("th", { scope: "col" }, h("button", { title: help, onclick: () => sort(title) }, title));
    headers.push(cell);
    return cell;
  };
  const mark = (): void => {
    for (const cell of headers) {
      const isOwn = cell.textContent === sortedBy;
      if (isOwn) cell.setAttribute("aria-sort", isReversed ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
  };
  const sort = (title: string): void => {
    isReversed = sortedBy === title && !isReversed;
    sortedBy = title;
    fill();
    mark();
  };
  const search = h("input", {
    ...{ type: "search", placeholder: "Search ( / )", "aria-label": "Search functions", value: query },
    oninput: () => {
      query = search.value;
      fill();
    },
  });
  const head = h("tr", {}, ...[{ title: "function" }, LATENCY, ...COLUMNS].map(header));
  const hasOthers = [...functions.values()].some(({ info }) => !info.loaded);
  const element = h(
    "main",
    {},
    h("h1", { class: "hidden" }, "Cached functions"),
    rows.size > 0 && summary,
    h("div", { class: "bar" }, search, found),
    hasOthers && h("p", { class: "note" }, OTHERS),
    h("div", { class: "wide" }, h("table", { class: "functions" }, h("thead", {}, head), body)),
    rows.size === 0 &&
      h("p", { class: "note" }, "No cached function is known yet: none of their modules was loaded."),
  );
  fill();
  mark();
  summarize();
  for (const [id, row] of rows) refreshRow(row, functions.get(id)!);
  return {
    element,
    update(ids) {
      for (const id of ids) {
        const row = rows.get(id);
        if (row) refreshRow(row, functions.get(id)!);
      }
      summarize();
    },
  };
}

const OTHERS =
  "Faded functions have no counts here. They are known from the build, and run elsewhere: in the page of a browser, in another process, or not yet, because their module was not loaded.";

function rowOf(id: string, { info }: Known): Row {
  const plot = makePlot(90, 26);
  const latency = h("small");
  const cells = COLUMNS.map(({ title }) => h("td", { "data-title": title }));
  const options = Object.entries(info.options).map(([name, value]) => h("li", {}, `${name}=${value}`));
  const element = h(
    "tr",
    { class: info.loaded ? undefined : "elsewhere" },
    h(
      "th",
      { scope: "row" },
      h("a", { href: `#/f/${encodeURIComponent(id)}` }, info.name),
      declaredAt(info),
      h("code", { title: info.key }, info.key.slice(id.length)),
      h("ul", { class: "options" }, ...options, info.backend !== "memory" && h("li", {}, info.backend)),
    ),
    h("td", { class: "latency", "data-title": "latency" }, plot.element, latency),
    ...cells,
  );
  return {
    element,
    plot,
    latency,
    cells,
    text: `${id} ${info.file ?? ""} ${info.key} ${element.textContent}`.toLowerCase(),
  };
}

function refreshRow({ plot, latency, cells }: Row, { info, samples }: Known): void {
  for (const [index, column] of COLUMNS.entries()) setText(cells[index]!, column.text(info.stats));
  cells[5]!.classList.toggle("loss", isLoss(info.stats));
  setText(latency, LATENCY.text(info.stats));
  plot.draw(samples);
}
