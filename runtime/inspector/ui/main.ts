/** The page of the inspector. `#/f/<id>` is the page of a function, `#/caches` that of the caches. */
import { cachesView } from "./caches.ts";
import { functions, listen, loadFunctions } from "./data.ts";
import { detailView } from "./detail.ts";
import { h, setText } from "./dom.ts";
import { listView, type View } from "./list.ts";
import css from "./style.css";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
document.adoptedStyleSheets = [sheet];

const connection = h("span", { class: "connection", role: "status" }, "connecting");
const links = [h("a", { href: "#/" }, "Functions"), h("a", { href: "#/caches" }, "Caches")];
const place = h("div");
document.body.append(h("header", {}, h("b", {}, "aotcache"), h("nav", {}, ...links), connection), place);

let view: View | undefined;

async function viewOf(hash: string): Promise<View> {
  if (hash === "#/caches") return cachesView();
  const [, id] = /^#\/f\/(.+)$/.exec(hash) ?? [];
  if (id !== undefined) return detailView(decodeURIComponent(id));
  if (functions.size === 0) await loadFunctions();
  return listView();
}

async function show(): Promise<void> {
  const { hash } = location;
  let next: View;
  try {
    next = await viewOf(hash);
  } catch (error) {
    next = {
      element: h("main", {}, h("p", { class: "note" }, (error as Error).message)),
      update: () => undefined,
    };
  }
  // Another page may have been asked for in between.
  if (hash !== location.hash) return;
  view = next;
  place.replaceChildren(view.element);
  for (const link of links) {
    if (link.hash === (hash || "#/")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

addEventListener("hashchange", () => void show());

addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement;
  if (event.key === "Escape") {
    if (isTyping) event.target.blur();
    else location.hash = "#/";
  }
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    document.querySelector<HTMLElement>("input[type=search]")?.focus();
  }
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  const all = [...document.querySelectorAll<HTMLElement>("table.functions tbody a")];
  if (step === undefined || all.length === 0) return;
  event.preventDefault();
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))]!.focus();
});

void show().then(() => {
  listen(
    (ids) => {
      // A function that was not known needs a row.
      if (ids.length === functions.size && view?.element.querySelector("table.functions")) void show();
      else view?.update(ids);
    },
    (isConnected) => {
      setText(connection, isConnected ? "live" : "no connection");
      connection.classList.toggle("lost", !isConnected);
    },
  );
  return functions.size === 0 ? loadFunctions() : undefined;
});
