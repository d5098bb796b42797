/** The page of one function. */
import type { CallInfo, EntryInfo, ExplainInfo, FunctionDetails, InspectedStats } from "../types.ts";
import { ORIGINS, withReason, WORDS } from "../words.ts";
import { ask, change, functions, leaveAsIs } from "./data.ts";
import { h, refill, setText } from "./dom.ts";
import { count, percent, seconds, size } from "./format.ts";
import type { View } from "./list.ts";
import { declaredAt } from "./place.ts";
import { makePlot } from "./plot.ts";
import { doesItPay, isLoss } from "./pays.ts";
import { sourceView } from "./source.ts";

/** More entries than these are removed only after a question. */
const MUCH = 20;

export async function detailView(id: string): Promise<View> {
  const path = `functions/${encodeURIComponent(id)}`;
  const first = await ask<FunctionDetails>(path);
  const plot = makePlot(480, 110);
  const pays = h("p", { class: "pays" });
  const facts = h("dl", { class: "counts" });
  const misses = h("tbody");
  const hits = h("tbody");
  const entries = h("tbody");
  const said = h("p", { role: "status" });
  let shown = "";

  const render = (details: FunctionDetails): void => {
    const { stats } = details;
    setText(pays, doesItPay(stats));
    pays.classList.toggle("loss", isLoss(stats));
    refill(facts, countsOf(stats));
    plot.draw(functions.get(id)?.samples ?? []);
    const text = JSON.stringify([details.calls, details.entries.map(({ key }) => key)]);
    if (text === shown) return;
    shown = text;
    refill(misses, details.calls.filter((call) => !isHit(call)).map(callRow));
    refill(hits, details.calls.filter(isHit).map(callRow));
    refill(entries, details.entries.map(entryRow));
  };
  const reload = (): Promise<void> => ask<FunctionDetails>(path).then(render, leaveAsIs);
  const act = async (what: () => Promise<unknown>, done: (answer: unknown) => string): Promise<void> => {
    try {
      setText(said, done(await what()));
    } catch (error) {
      setText(said, (error as Error).message);
    }
    await reload();
  };
  const invalidate = (body: object): Promise<void> =>
    act(
      () => change("invalidate", { id, ...body }),
      (answer) => ((answer as { removed: boolean }).removed ? "Removed." : "There was nothing to remove."),
    );
  const refresh = (args: readonly unknown[]): Promise<void> =>
    act(
      () => change("refresh", { id, args }),
      (answer) => `Ran, and kept ${(answer as { value: { type: string } }).value.type}.`,
    );
  const entryRow = ({ key, instance, tags = [], state, ttl, args, value }: EntryInfo): HTMLElement =>
    h(
      "tr",
      {},
      h(
        "td",
        {},
        h("code", {}, key?.slice(id.length) ?? "(kept by its hash)"),
        ofInstance(instance),
        tags.length > 0 && h("ul", { class: "options" }, ...tags.map((each) => h("li", {}, each))),
      ),
      h("td", {}, state),
      h("td", {}, ttl === null ? "forever" : seconds(Math.max(0, ttl))),
      h(
        "td",
        {},
        value?.text === undefined ? (value?.type ?? `in ${first.backend}`) : h("pre", {}, value.text),
        " ",
        value && h("small", {}, size(value.bytes)),
      ),
      h(
        "td",
        { class: "actions" },
        key !== undefined &&
          h(
            "button",
            { "data-focus": `x${instance ?? ""}${key}`, onclick: () => void invalidate({ key, instance }) },
            "Invalidate",
          ),
        args && h("button", { "data-focus": `r${key ?? ""}`, onclick: () => void refresh(args) }, "Refresh"),
      ),
    );
  const callRow = ({ at, outcome, key, instance, run, miss, reason }: CallInfo): HTMLElement =>
    h(
      "tr",
      { class: outcome },
      h("td", {}, new Date(at).toLocaleTimeString()),
      h("td", {}, outcome),
      h("td", {}, h("code", {}, key?.slice(id.length) ?? ""), ofInstance(instance)),
      h("td", {}, run === undefined ? "" : seconds(run)),
      h("td", {}, miss?.text ?? reason ?? ""),
    );
  const clear = (): void => {
    const { entries: kept } = functions.get(id)?.info.stats ?? first.stats;
    const isRemote = first.backend !== "memory";
    if (
      (kept > MUCH || isRemote) &&
      !confirm(`Remove ${isRemote ? "all" : count(kept)} entries of ${first.name}?`)
    )
      return;
    void invalidate({});
  };
  const args = h("input", { id: "args", placeholder: '42, "en"', autocomplete: "off", spellcheck: "false" });
  const given = (): unknown[] => JSON.parse(`[${args.value}]`) as unknown[];
  const withArgs =
    (run: (list: unknown[]) => Promise<void>) =>
    (event: Event): void => {
      event.preventDefault();
      try {
        void run(given());
      } catch {
        setText(said, "The arguments are not JSON, separated by commas.");
      }
    };
  const explain = (list: unknown[]): Promise<void> =>
    act(
      () =>
        ask<ExplainInfo>(
          `explain?id=${encodeURIComponent(id)}&args=${encodeURIComponent(JSON.stringify(list))}`,
        ),
      explained,
    );
  const form = h(
    "form",
    { class: "bar", onsubmit: withArgs(explain) },
    h("label", { for: "args" }, "A call with"),
    args,
    h("button", {}, "Explain"),
    h("button", { type: "button", onclick: withArgs((list) => invalidate({ args: list })) }, "Invalidate"),
    h("button", { type: "button", onclick: withArgs(refresh) }, "Refresh"),
  );
  const options = Object.entries(first.options).map(([name, value]) => `${name}=${value}`);
  const element = h(
    "main",
    {},
    h("h1", {}, first.name),
    h("p", {}, declaredAt(first)),
    h(
      "dl",
      { class: "facts" },
      ...fact(WORDS.key, h("code", {}, first.key)),
      ...first.extras.flatMap(({ name, from }) => fact(WORDS.extras, withReason(name, ORIGINS[from]))),
      ...first.omitted.flatMap(({ name, why }) => fact(WORDS.omitted, withReason(name, why))),
      ...fact(WORDS.options, options.join(" ") || "none"),
      ...fact(WORDS.store, first.backend),
    ),
    !first.loaded &&
      h("p", { class: "note" }, "This process has not loaded the function, so there are no counts here."),
    first.loaded &&
      h(
        "section",
        {},
        h("h2", {}, "Does it pay?"),
        pays,
        h(
          "div",
          { class: "bar" },
          plot.element,
          h(
            "p",
            { class: "legend" },
            h("span", { class: "uncached" }, "without the cache"),
            h("span", { class: "cached" }, "with the cache"),
          ),
        ),
        facts,
        form,
        h("p", {}, h("button", { class: "danger", onclick: clear }, "Clear all entries")),
        said,
      ),
    first.loaded && table("Why calls missed", ["time", "outcome", "key", "run", "why"], misses),
    first.loaded && table("Recent hits", ["time", "outcome", "key", "run", "why"], hits),
    first.loaded && table("Entries", ["key", "state", "fresh for", "value", "actions"], entries),
    first.source && sourceView(first.source, first.line),
  );
  render(first);
  return {
    element,
    update(ids) {
      if (ids.includes(id)) void reload();
    },
  };
}

const isHit = ({ outcome }: CallInfo): boolean => outcome === "hit" || outcome === "stale";

const ofInstance = (number: number | undefined): Node | false =>
  number !== undefined && h("small", {}, ` of instance ${number}`);

const fact = (name: string, value: Node | string): HTMLElement[] => [h("dt", {}, name), h("dd", {}, value)];

const table = (title: string, columns: readonly string[], body: HTMLElement): HTMLElement =>
  h(
    "section",
    {},
    h("h2", {}, title),
    h(
      "div",
      { class: "wide", tabindex: 0, role: "region", "aria-label": title },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...columns.map((each) => h("th", { scope: "col" }, each)))),
        body,
      ),
    ),
  );

function countsOf(stats: InspectedStats): HTMLElement[] {
  const rows: readonly (readonly [string, string])[] = [
    ["hits", count(stats.hits)],
    ["of these near", count(stats.nearHits)],
    ["misses", count(stats.misses)],
    ["stale", count(stats.stale)],
    ["hit ratio", percent(stats.hitRatio)],
    ["errors", count(stats.errors)],
    ["not cached", count(stats.bypassed)],
    ["evictions", count(stats.evictions)],
    ["runs in flight", count(stats.inFlight)],
    ["entries in memory", count(stats.entries)],
    ["their size", size(stats.bytes)],
  ];
  return rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
}

function explained(answer: unknown): string {
  const { key, parts, state, ttl, miss } = answer as ExplainInfo;
  const values = parts.map(({ name, text }) => `${name} is ${text}`).join(", ");
  const why = miss ? `: ${miss.text}` : "";
  return `${key ?? "This call has no key"}: ${values || "no arguments"}. It is ${state}${why}. ${ttl === undefined ? "" : `Results are fresh for ${ttl}.`}`;
}
