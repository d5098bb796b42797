/** The page of the caches. */
import type { CacheInfo } from "../types.ts";
import { ask, change, leaveAsIs } from "./data.ts";
import { h, refill, setText } from "./dom.ts";
import { count, percent, size } from "./format.ts";
import type { View } from "./list.ts";

export async function cachesView(): Promise<View> {
  const cards = h("div", { class: "cards" });
  const said = h("p", { role: "status" });
  let shown = "";
  const reload = async (): Promise<void> => {
    const caches = await ask<CacheInfo[]>("caches");
    const text = JSON.stringify(caches);
    if (text !== shown) refill(cards, caches.map(card));
    shown = text;
  };
  const invalidate = async (name: string): Promise<void> => {
    if (!confirm(`Remove everything with the tag ${name}, from every cache?`)) return;
    try {
      await change("invalidate", { tag: name });
      setText(said, `Everything with the tag ${name} is removed.`);
    } catch (error) {
      setText(said, (error as Error).message);
    }
    await reload().catch(leaveAsIs);
  };
  const card = (cache: CacheInfo): HTMLElement => {
    const { stats, breaker, near, maxBytes } = cache;
    const facts: readonly (readonly [string, string])[] = [
      ["kind", cache.kind],
      ["namespace", cache.namespace ?? "none"],
      ...(breaker
        ? [["circuit breaker", breaker === "open" ? "open: calls skip the store" : "closed"] as const]
        : []),
      ...(near
        ? [
            [
              "near tier",
              `${count(near.entries)} entries, ${near.serving ? "serving" : "not serving"}`,
            ] as const,
          ]
        : []),
      ["in memory", maxBytes === undefined ? size(cache.bytes) : `${size(cache.bytes)} of ${size(maxBytes)}`],
      ...(stats.entries === undefined ? [] : [["entries", count(stats.entries)] as const]),
      ["hits", `${count(stats.hits)} (${percent(stats.hitRatio)})`],
      ["misses", count(stats.misses)],
      ["errors", count(stats.errors)],
      ["evictions", count(stats.evictions)],
      ["functions", count(cache.functions.length)],
    ];
    return h(
      "section",
      { class: breaker === "open" ? "card broken" : "card" },
      h("h2", {}, cache.name),
      h(
        "dl",
        { class: "facts" },
        ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
      ),
      cache.tags.length > 0 && h("h3", {}, "Tags"),
      h(
        "p",
        { class: "tags" },
        ...cache.tags.map((each) =>
          h(
            "button",
            { title: "Invalidate", "data-focus": each, onclick: () => void invalidate(each) },
            each,
          ),
        ),
      ),
    );
  };
  const field = h("input", { id: "tag", autocomplete: "off", spellcheck: "false" });
  const form = h(
    "form",
    {
      class: "bar",
      onsubmit: (event: Event) => {
        event.preventDefault();
        if (field.value !== "") void invalidate(field.value);
      },
    },
    h("label", { for: "tag" }, "Tag"),
    field,
    h("button", { class: "danger" }, "Invalidate"),
  );
  await reload();
  return {
    element: h("main", {}, h("h1", {}, "Caches"), form, said, cards),
    update: () => void reload().catch(leaveAsIs),
  };
}
