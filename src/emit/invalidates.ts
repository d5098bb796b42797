/** Writes what removes entries of other functions after a function has succeeded. */
import type MagicString from "magic-string";
import type { FileText, Invalidator } from "../site.ts";
import { tagParts } from "../../runtime/contract/tags.ts";
import { literal } from "./literal.ts";
import { type EmittedNames, RUNTIME } from "./names.ts";

/**
 * Moves the body into an inner arrow function, which sees the same parameters, `this` and `arguments`. Only outside of it
 * are all `return`s and `finally`s of the body over.
 */
export function writeInvalidator(
  out: MagicString,
  { name, async, expression, body, prologue, returnType, targets, tags }: Invalidator,
  { namespace }: EmittedNames,
  { typed }: Pick<FileText, "typed">,
): void {
  const makers = targets.map(({ access, receiver = "void 0", args, usesResult, strict }) => {
    const list = [access, receiver, `[${args.join(", ")}]`, ...(strict ? ["true"] : [])];
    return `, (${usesResult ? "result" : ""}) => ${namespace}.${RUNTIME.invalidation}(${list.join(", ")})`;
  });
  for (const { texts, usesResult, strict } of tags)
    makers.push(
      `, (${usesResult ? "result" : ""}) => ({ tags: [${texts.map(tagExpression).join(", ")}], strict: ${String(strict)} })`,
    );
  const type = typed && returnType !== undefined ? `: ${returnType}` : "";
  const open = `return ${async ? "await " : ""}${namespace}.${RUNTIME.invalidating}({ [${JSON.stringify(name)}]: ${async ? "async " : ""}()${type} => `;
  const close = ` }${makers.join("")});`;
  if (expression) {
    out.appendLeft(body.start, `{ ${open}`);
    out.prependRight(body.end, `${close} }`);
  } else {
    out.appendLeft(prologue, ` ${open}{`);
    out.prependRight(body.end - 1, `}${close} `);
  }
}

/** A tag as an expression: a text, or a template literal. */
function tagExpression(tag: string): string {
  const parts = tagParts(tag);
  if (parts.length === 1) return literal(tag);
  const texts = parts.map((part) =>
    typeof part === "string" ? part.replace(/[`$\\]/g, "\\$&") : `\${${part.path.join(".")}}`,
  );
  return `\`${texts.join("")}\``;
}
