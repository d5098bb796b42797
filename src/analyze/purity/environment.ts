/** Lists reads of environment variables. They do not change while a process runs, so they cause no warning. */
import { ts } from "ts-morph";
import { eachValueChild, isReference, isTypeOnly } from "../../syntax/nodes.ts";
import type { Scopes } from "../../syntax/scope.ts";
import { accessOn } from "./ambient.ts";

/** Returns the variables that some nodes read: `process.env.API_URL`, `import.meta.env.MODE`. */
export function environmentReads(region: readonly ts.Node[], scopes: Scopes): readonly string[] {
  const reads: string[] = [];
  const stack = [...region];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (isTypeOnly(node)) continue;
    const env =
      ts.isMetaProperty(node) || (ts.isIdentifier(node) && isReference(node))
        ? environmentObject(node, scopes)
        : undefined;
    if (env) reads.push(...variableNames(env.node).map((name) => `${env.text}${name}`));
    eachValueChild(node, (child) => stack.push(child));
  }
  return reads;
}

/** Recognizes `process.env`, `import.meta.env`, and `env` imported from `node:process`. */
function environmentObject(
  node: ts.Identifier | ts.MetaProperty,
  scopes: Scopes,
): { readonly node: ts.Expression; readonly text: string } | undefined {
  const access = accessOn(node);
  const env = access?.name.text === "env" ? access : undefined;
  if (ts.isMetaProperty(node)) return env && { node: env, text: "import.meta.env" };
  const binding = scopes.resolve(node);
  const from =
    binding?.kind === "import" ? ts.findAncestor(binding.declaration, ts.isImportDeclaration) : undefined;
  if (binding && !/^["'](node:)?process["']$/.test(from?.moduleSpecifier.getText() ?? "")) return undefined;
  const { propertyName } = (binding?.declaration ?? {}) as { propertyName?: ts.Node };
  if (from && (propertyName?.getText() ?? node.text) === "env") return { node, text: "process.env" };
  const isProcess = from !== undefined || node.text === "process";
  return isProcess && env ? { node: env, text: "process.env" } : undefined;
}

/** Returns `.API_URL` for an access or a pattern, and `""` where the whole object is read. */
function variableNames(env: ts.Expression): readonly string[] {
  const { parent } = env;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === env) return [`.${parent.name.text}`];
  if (ts.isElementAccessExpression(parent) && parent.expression === env) {
    const { argumentExpression: name } = parent;
    return [ts.isStringLiteralLike(name) ? `.${name.text}` : "[…]"];
  }
  if (!ts.isVariableDeclaration(parent) || !ts.isObjectBindingPattern(parent.name)) return [""];
  return parent.name.elements.map((element) => {
    if (element.dotDotDotToken) return "";
    const name = element.propertyName ?? element.name;
    return ts.isIdentifier(name) || ts.isStringLiteral(name) ? `.${name.text}` : "[…]";
  });
}
