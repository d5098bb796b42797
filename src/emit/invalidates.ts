/** Writes what removes entries of other functions after a function has succeeded. */
import type MagicString from "magic-string";
import type { FileText, Invalidator } from "../site.ts";
import { type EmittedNames, RUNTIME } from "./names.ts";

/**
 * Moves the body into an inner arrow function, which sees the same parameters, `this` and `arguments`. Only outside of it
 * are all `return`s and `finally`s of the body over.
 */
export function writeInvalidator(
  out: MagicString,
  { name, async, expression, body, prologue, returnType, targets }: Invalidator,
  { namespace }: EmittedNames,
  { typed }: Pick<FileText, "typed">,
): void {
  const makers = targets.map(({ access, receiver = "void 0", args, usesResult, strict }) => {
    const list = [access, receiver, `[${args.join(", ")}]`, ...(strict ? ["true"] : [])];
    return `, (${usesResult ? "result" : ""}) => ${namespace}.${RUNTIME.invalidation}(${list.join(", ")})`;
  });
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
