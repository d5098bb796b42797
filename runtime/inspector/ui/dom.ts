/** Makes elements. Text is only ever set as text, so nothing that a key or a value holds becomes markup. */

type Child = Node | string | number | undefined | false;
type Properties = Readonly<Record<string, unknown>>;

const SVG = "http://www.w3.org/2000/svg";

function fill<E extends Element>(element: E, properties: Properties, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : (value as string));
  }
  for (const child of children) {
    if (child !== undefined && child !== false) element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** Makes an element. Properties are attributes; functions listen to events: `onclick`. */
export const h = <N extends keyof HTMLElementTagNameMap>(
  name: N,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[N] => fill(document.createElement(name), properties, children);

export const svg = <N extends keyof SVGElementTagNameMap>(
  name: N,
  properties: Properties = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[N] => fill(document.createElementNS(SVG, name), properties, children);

/** Sets the text of an element, if it is another one. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Replaces the children of an element, and keeps the focus on what has the same `data-focus`. */
export function refill(element: Element, children: readonly Node[]): void {
  const { activeElement } = document;
  const name = element.contains(activeElement) ? activeElement?.getAttribute("data-focus") : undefined;
  element.replaceChildren(...children);
  if (name != null) element.querySelector<HTMLElement>(`[data-focus="${CSS.escape(name)}"]`)?.focus();
}
