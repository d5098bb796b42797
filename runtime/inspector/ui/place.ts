import { h } from "./dom.ts";

/** Where a function is declared. A click opens an editor, if the server can. */
export function declaredAt({
  file,
  line,
}: {
  readonly file: string | undefined;
  readonly line: number | undefined;
}): HTMLElement {
  if (file === undefined) return h("small", {}, "not compiled");
  const place = line === undefined ? file : `${file}:${line}`;
  const { editor } = document.documentElement.dataset;
  if (editor === undefined) return h("small", {}, place);
  const open = (): void => void fetch(editor + encodeURIComponent(place)).catch(() => undefined);
  return h("button", { class: "place", title: "Open in the editor", onclick: open }, place);
}
