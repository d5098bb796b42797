/** Finds reads of what a page holds: its address, its storage, the sizes of its window and elements. */
import { ts } from "ts-morph";
import { eachValueChild, isReference, isTypeOnly, isWithin, outermostWrapper } from "../../syntax/nodes.ts";
import type { Scopes } from "../../syntax/scope.ts";
import { originOf } from "../types/origin.ts";
import type { Types } from "../types/types.ts";
import { isGlobalObject } from "./ambient.ts";
import { isTested, isUnused, isWritten } from "./uses.ts";

/**
 * The state of a page, by the interface that declares it. `only`: these members; `except`: all others; `any`: members
 * that are state also of values that do not come from a global variable. Types are loaded for these names, so they
 * must be rare.
 */
const PAGE_STATE: Readonly<Record<string, PageInterface>> = {
  Window: row({
    any: "devicePixelRatio innerHeight innerWidth outerHeight outerWidth pageXOffset pageYOffset scrollX scrollY",
    only: "getComputedStyle getSelection matchMedia screenLeft screenTop screenX screenY",
  }),
  Location: row({ except: "assign reload replace" }),
  Document: row({
    any: "activeElement cookie fullscreenElement pointerLockElement visibilityState",
    except:
      "addEventListener adoptNode append appendChild close createAttribute createComment createDocumentFragment createElement createElementNS createEvent createExpression createNodeIterator createRange createTextNode createTreeWalker defaultView dispatchEvent execCommand exitFullscreen implementation importNode open prepend removeEventListener startViewTransition write writeln",
  }),
  DocumentOrShadowRoot: row({ any: "activeElement fullscreenElement pointerLockElement" }),
  Navigator: row({ except: "registerProtocolHandler sendBeacon serviceWorker share vibrate" }),
  Storage: row({ any: "getItem", except: "clear removeItem setItem" }),
  History: row({ only: "length scrollRestoration state" }),
  Screen: row({ except: "addEventListener removeEventListener" }),
  VisualViewport: row({ except: "addEventListener removeEventListener" }),
  CookieStore: row({ only: "get getAll" }),
  MediaQueryList: row({ any: "matches" }),
  Element: row({
    any: "checkVisibility clientHeight clientLeft clientTop clientWidth getBoundingClientRect getClientRects scrollHeight scrollLeft scrollTop scrollWidth",
  }),
  HTMLElement: row({ any: "offsetHeight offsetLeft offsetParent offsetTop offsetWidth" }),
  Range: row({ any: "getBoundingClientRect getClientRects" }),
  SVGGraphicsElement: row({ any: "getBBox getCTM getScreenCTM" }),
};

interface PageInterface {
  readonly any: readonly string[];
  readonly only: readonly string[] | undefined;
  readonly except: readonly string[];
}

function row({ any, only, except }: Partial<Record<keyof PageInterface, string>>): PageInterface {
  const names = any?.split(" ") ?? [];
  const isOpen = except !== undefined;
  return {
    any: names,
    only: isOpen ? undefined : [...names, ...(only?.split(" ") ?? [])],
    except: except?.split(" ") ?? [],
  };
}

/** The interfaces of global variables that hold state. Workers and Node.js have some of them too. */
const GLOBAL_OBJECTS: ReadonlyMap<string, PageInterface> = new Map(
  [
    ["location", "Location"],
    ["document", "Document"],
    ["navigator", "Navigator"],
    ["localStorage", "Storage"],
    ["sessionStorage", "Storage"],
    ["history", "History"],
    ["screen", "Screen"],
    ["visualViewport", "VisualViewport"],
    ["cookieStore", "CookieStore"],
  ].map(([name, type]) => [name!, PAGE_STATE[type!]!]),
);

/** Objects whose state is read only through their members: they can be passed on. */
const HANDLES: ReadonlySet<string> = new Set([
  "document",
  "localStorage",
  "sessionStorage",
  "cookieStore",
  "history",
  "visualViewport",
]);

/** The fixed elements of the page. What they hold is state. */
const ROOT_ELEMENTS: readonly string[] = ["body", "documentElement", "head", "scrollingElement"];

/** Methods of an element that change it, whatever they return. */
const ELEMENT_CHANGES: ReadonlySet<string> = new Set(
  "addEventListener append appendChild attachShadow cloneNode insertAdjacentElement insertBefore prepend remove removeChild removeEventListener replaceChild".split(
    " ",
  ),
);

const ELEMENT_STATE: ReadonlySet<string> = new Set(Object.values(PAGE_STATE).flatMap(({ any }) => any));

/**
 * Returns the outermost expressions that read the state of the page, in source order. Without types, global names are
 * taken for those of a page, and elements are not known.
 *
 * @param asked receives the values whose types were asked for
 */
export function pageReads(
  region: readonly ts.Node[],
  scopes: Scopes,
  types: Types | undefined,
  asked: ts.Node[],
): readonly ts.Node[] {
  const reads: ts.Node[] = [];
  const stack = [...region].reverse();
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (isTypeOnly(node)) continue;
    const read = (types && memberRead(node, types, asked)) ?? globalRead(node, scopes, types);
    // An outer expression is visited first: `getComputedStyle(document.body)`.
    if (read && !reads.some((other) => isWithin(read, other))) reads.push(read);
    const children: ts.Node[] = [];
    eachValueChild(node, (child) => children.push(child));
    stack.push(...children.reverse());
  }
  return reads;
}

/** Finds `el.clientWidth` and `win.innerWidth`, whatever the element or window is. */
function memberRead(node: ts.Node, types: Types, asked: ts.Node[]): ts.Node | undefined {
  if (!ts.isPropertyAccessExpression(node) || !ELEMENT_STATE.has(node.name.text)) return undefined;
  if (isNoRead(node)) return undefined;
  asked.push(node.expression);
  const owner = declaringInterface(node.name, types);
  return owner && PAGE_STATE[owner]?.any.includes(node.name.text) ? callOrSelf(node) : undefined;
}

/** Finds reads that start with a global variable: `location.hash`, `window.matchMedia(…)`, `innerWidth`. */
function globalRead(node: ts.Node, scopes: Scopes, types: Types | undefined): ts.Node | undefined {
  const name = globalName(node, scopes);
  if (!name) return undefined;
  const { text } = name;
  const object = GLOBAL_OBJECTS.get(text);
  if (!object && !PAGE_STATE.Window!.only!.includes(text)) return undefined;
  const global = node as ts.Expression;
  const read = object ? objectRead(global, text, object) : isNoRead(global) ? undefined : callOrSelf(global);
  if (!types) return read;
  const symbol = read && types.checker.getSymbolAtLocation(name);
  return symbol && originOf(symbol, types.program) === "lib" ? read : undefined;
}

/** Returns the name of a global variable, also as a property: `location` of `window.location`. */
function globalName(node: ts.Node, scopes: Scopes): ts.Identifier | undefined {
  if (ts.isIdentifier(node)) {
    return isReference(node) && !scopes.resolve(node) ? node : undefined;
  }
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.name)) return undefined;
  const { expression: owner, name } = node;
  return ts.isIdentifier(owner) && isGlobalObject(owner) && !scopes.resolve(owner) ? name : undefined;
}

function objectRead(
  object: ts.Expression,
  name: string,
  { only, except }: PageInterface,
): ts.Node | undefined {
  const access = memberOf(object);
  if (!access) {
    if (isNoRead(object)) return undefined;
    const { parent } = object;
    const isTakenApart = ts.isVariableDeclaration(parent) && ts.isObjectBindingPattern(parent.name);
    return isTakenApart || !HANDLES.has(name) ? object : undefined;
  }
  if (isNoRead(access)) return undefined;
  if (ts.isElementAccessExpression(access)) return access;
  const { text } = access.name;
  if (only ? !only.includes(text) : except.includes(text)) return undefined;
  return name === "document" && ROOT_ELEMENTS.includes(text) ? elementRead(access) : callOrSelf(access);
}

/** Finds `document.body.className`, but not `document.body.append(node)`. */
function elementRead(element: ts.Expression): ts.Node | undefined {
  const access = memberOf(element);
  if (!access || isNoRead(access)) return undefined;
  if (ts.isPropertyAccessExpression(access) && ELEMENT_CHANGES.has(access.name.text)) return undefined;
  return callOrSelf(access);
}

type Access = ts.PropertyAccessExpression | ts.ElementAccessExpression;

function memberOf(node: ts.Expression): Access | undefined {
  const inner = outermostWrapper(node);
  const { parent } = inner;
  const isAccess = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
  return isAccess && parent.expression === inner ? parent : undefined;
}

/** Tells whether an expression only changes something, or asks whether it is there. */
function isNoRead(from: ts.Expression): boolean {
  for (let node = outermostWrapper(from); ; node = outermostWrapper(node)) {
    const { parent } = node;
    if (isWritten(node) || isUnused(node) || (node === from && isAskedFor(node))) return true;
    const isInChain =
      (ts.isCallExpression(parent) ||
        ts.isPropertyAccessExpression(parent) ||
        ts.isElementAccessExpression(parent)) &&
      parent.expression === node;
    if (!isInChain) return false;
    node = parent;
  }
}

function isAskedFor(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isTypeOfExpression(parent)) return true;
  const isIn =
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.InKeyword &&
    parent.right === node;
  return isIn || (isTested(node) && !isValue(node));
}

/** Tells whether a test of an expression reads a value: `if (document.hidden)`, but not `if (window.matchMedia)`. */
function isValue(node: ts.Expression): boolean {
  const name = ts.isPropertyAccessExpression(node) ? node.name.text : (node as ts.Identifier).text;
  return !GLOBAL_OBJECTS.has(name) && !/^(?:check|get|match)[A-Z]/.test(name);
}

function callOrSelf(node: ts.Expression): ts.Node {
  const inner = outermostWrapper(node);
  const { parent } = inner;
  return ts.isCallExpression(parent) && parent.expression === inner ? parent : node;
}

/** Returns the name of the interface of the standard library that declares a member. */
function declaringInterface(name: ts.Node, { checker, program }: Types): string | undefined {
  const symbol = checker.getSymbolAtLocation(name);
  if (!symbol || originOf(symbol, program) !== "lib") return undefined;
  const owner = symbol.declarations?.[0]?.parent;
  return owner && ts.isInterfaceDeclaration(owner) ? owner.name.text : undefined;
}
