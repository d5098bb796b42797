/** A file before and after compilation, side by side. */
import type { SourceInfo } from "../types.ts";
import { h } from "./dom.ts";

/** No line moves when a file is compiled, so lines stand beside each other by their number. */
export function sourceView(
  { before, after, diagnostics }: SourceInfo,
  line: number | undefined,
): HTMLElement {
  const [old, compiled] = [before.split("\n"), after.split("\n")];
  const rows = Array.from({ length: Math.max(old.length, compiled.length) }, (_, index) => {
    const isChanged = old[index] !== compiled[index];
    return h(
      "tr",
      {
        class:
          [isChanged && "changed", index + 1 === line && "declared"].filter(Boolean).join(" ") || undefined,
      },
      h("th", { scope: "row" }, index + 1),
      h("td", {}, h("code", {}, old[index] ?? "")),
      h("td", {}, h("code", {}, compiled[index] ?? "")),
    );
  });
  return h(
    "section",
    {},
    h("h2", {}, "Source"),
    ...diagnostics.map(({ name, severity, line: at, message, help }) =>
      h(
        "p",
        { class: `diagnostic ${severity}` },
        h("b", {}, `${severity} ${name}`),
        ` line ${at}: ${message} ${help}`,
      ),
    ),
    h(
      "div",
      {
        class: "wide source",
        tabindex: 0,
        role: "region",
        "aria-label": "Source before and after compilation",
      },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, h("td"), h("th", { scope: "col" }, "before"), h("th", { scope: "col" }, "after")),
        ),
        h("tbody", {}, ...rows),
      ),
    ),
  );
}
