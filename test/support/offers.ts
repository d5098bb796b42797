/** Reads the options that the help of a diagnostic offers, and writes them into the source. */
import { ts } from "ts-morph";
import type { Diagnostic } from "aotcache/compiler";
import { OPTION_NAMES } from "../../runtime/contract/options.ts";

/** Options as the help writes them, in the notation of the function's mark. */
export interface Offer {
  readonly options: readonly (readonly [name: string, value: string])[];
  readonly notation: "pragma" | "call";
}

/** Returns the offers of a help text: `key=id,locale`, or `this: "instance", key: ["id", "locale"]`. */
export function offersIn(help: string): readonly Offer[] {
  const find = (quote: RegExp, option: RegExp, notation: Offer["notation"]): Offer[] =>
    [...help.matchAll(quote)].map(([quoted]) => ({
      options: [...quoted.matchAll(option)].map(([, name = "", value = ""]) => [name, value] as const),
      notation,
    }));
  const found = [
    ...find(/(?<!remove )`\w+=[^\s`]+(?: \w+=[^\s`]+)*`/g, /(\w+)=([^\s`]+)/g, "pragma"),
    ...find(/(?<!remove )`\w+: [^`]+`/g, /(\w+): (.+?)(?=, \w+: |`)/g, "call"),
  ];
  return found.filter(({ options }) =>
    options.every(([name]) => (OPTION_NAMES as readonly string[]).includes(name)),
  );
}

/** Writes an offer at the function of a diagnostic. `key` replaces `ignore`, and `allow` is added to what is allowed. */
export function accept(text: string, diagnostic: Diagnostic, { options, notation }: Offer): string {
  const write = notation === "pragma" ? acceptInPragma : acceptInCall;
  return options.reduce((changed, option) => write(changed, diagnostic, option), text);
}

type Option = Offer["options"][number];

function acceptInPragma(text: string, { span }: Diagnostic, [name, value]: Option): string {
  const pragma = [...text.matchAll(/@cached\b[^\r\n*]*/g)].filter(({ index }) => index <= span.end).at(-1)!;
  const valueOf = (option: string): string | undefined =>
    new RegExp(` ${option}=(\\S+)`).exec(pragma[0])?.[1];
  const without = (line: string, option: string): string =>
    line.replace(new RegExp(` ${option}=(?:"[^"]*"|\\S+)`), "");
  const allowed = name === "allow" ? valueOf("allow") : undefined;
  let line = without(pragma[0].trimEnd(), name);
  if (name === "key") line = without(line, "ignore");
  line += ` ${name}=${allowed ? `${allowed},` : ""}${value}`;
  return text.slice(0, pragma.index) + line + text.slice(pragma.index + pragma[0].trimEnd().length);
}

function acceptInCall(text: string, { span, file }: Diagnostic, [name, value]: Option): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const call = callAround(source, span)!;
  const options = call.arguments.find(ts.isObjectLiteralExpression);
  if (!options) {
    const before = call.arguments.length > 0 ? ", " : "";
    const at = call.end - 1;
    return `${text.slice(0, at).replace(/,\s*$/, "")}${before}{ ${name}: ${value} }${text.slice(at)}`;
  }
  const replaced = name === "key" ? [name, "ignore"] : [name];
  const kept = options.properties
    .filter((each) => !replaced.includes(each.name?.getText() ?? ""))
    .map((each) => each.getText());
  const old = options.properties.find((each) => each.name?.getText() === name);
  const list = old && ts.isPropertyAssignment(old) ? old.initializer.getText() : undefined;
  const written = name === "allow" && list?.startsWith("[") ? `[...${list}, ...${value}]` : value;
  const literal = `{ ${[...kept, `${name}: ${written}`].join(", ")} }`;
  return text.slice(0, options.getStart()) + literal + text.slice(options.end);
}

/** Returns the innermost `cached()` around a span, or the decorator of the member around it. */
function callAround(
  source: ts.SourceFile,
  { start, end }: Diagnostic["span"],
): ts.CallExpression | undefined {
  let found: ts.CallExpression | undefined;
  const visit = (node: ts.Node): void => {
    const isCached = ts.isCallExpression(node) && node.expression.getText() === "cached";
    const around = isCached && ts.isDecorator(node.parent) ? node.parent.parent : node;
    if (isCached && around.getStart() <= start && end <= around.end) found = node;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
