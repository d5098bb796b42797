/** Lists reads of environment variables. They do not change while a process runs, so they cause no warning. */
import { ts } from "ts-morph";
import { isCalled, isGlobalObject } from "../purity/ambient.ts";
import type { Value } from "./values.ts";

/** Objects whose properties are environment variables. */
const OBJECTS: ReadonlySet<string> = new Set(["process.env", "import.meta.env", "Bun.env"]);

/** Returns the variables that a node reads, given its value: `process.env.API_URL`, `import.meta.env.MODE`. */
export function environmentReads(node: ts.Node, value: Value): readonly string[] {
  const { parent } = node;
  const isOwner =
    (ts.isPropertyAccessExpression(parent) && parent.expression === node && !isCalled(parent)) ||
    (ts.isElementAccessExpression(parent) &&
      parent.expression === node &&
      ts.isStringLiteralLike(parent.argumentExpression));
  const [owner, member, name] = namesOf(value);
  const object = `${owner}.${member}`;
  if (!OBJECTS.has(object) || (isOwner && name === undefined)) return [];
  return (name === undefined ? namesReadOf(parent) : [`.${name}`]).map((each) => `${object}${each}`);
}

/** Returns the names from the global object on; those of what `node:process` exports too. */
function namesOf(value: Value): readonly string[] {
  if (value.kind === "package") {
    const path = value.path[0] === "default" ? value.path.slice(1) : value.path;
    return /^(?:node:)?process$/.test(value.package) ? ["process", ...path] : [];
  }
  return value.kind === "global" ? withoutGlobalObject(value.path) : [];
}

export function withoutGlobalObject(path: readonly string[]): readonly string[] {
  const [text = ""] = path;
  return isGlobalObject({ text }) ? path.slice(1) : path;
}

/** Returns `.API_URL` for a pattern, and `""` where the whole object is read. */
function namesReadOf(parent: ts.Node): readonly string[] {
  if (ts.isElementAccessExpression(parent)) return ["[…]"];
  if (!ts.isVariableDeclaration(parent)) return [""];
  // The uses of the name are reads too.
  if (ts.isIdentifier(parent.name) && (parent.parent.flags & ts.NodeFlags.Const) !== 0) return [];
  if (!ts.isObjectBindingPattern(parent.name)) return [""];
  return parent.name.elements.map((element) => {
    if (element.dotDotDotToken) return "";
    const name = element.propertyName ?? element.name;
    return ts.isIdentifier(name) || ts.isStringLiteral(name) ? `.${name.text}` : "[…]";
  });
}
