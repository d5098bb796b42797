/** Turns the help of diagnostics into edits. */
import type { Diagnostic, DiagnosticName, Span } from "../../src/index.ts";

/** An edit that does what the help of a diagnostic says. */
export interface Fix {
  /** In the words of the help: "Write `ttl`". */
  readonly title: string;
  readonly span: Span;
  readonly text: string;
  /** Whether it is the only right one, so that it can be made without a question. */
  readonly isOnly: boolean;
}

/** Diagnostics whose help quotes the text to write in place of the span. `true`: nothing else can be meant. */
const REPLACED: { readonly [N in DiagnosticName]?: boolean } = {
  "pragma-misspelt": true,
  "pragma-syntax": true,
  "option-unknown": true,
  "option-value": false,
  "key-path-unknown": false,
  "ignore-unknown": false,
  "this-path-unknown": false,
  "invalidates-unknown": false,
  "invalidates-arguments": false,
  "multi-parameter": false,
  "one-unknown": false,
};

/** Returns the fixes of a diagnostic, the best one first. */
export function fixesOf(text: string, diagnostic: Diagnostic): readonly Fix[] {
  const { name, help, span } = diagnostic;
  const [, written] = /^Write `([^`]+)`\.$/.exec(help) ?? [];
  const isOnly = REPLACED[name];
  if (name === "option-unknown" && written !== undefined && isGiven(text, span, written)) return [];
  if (written !== undefined && isOnly !== undefined)
    return [{ title: `Write \`${written}\``, span: replaced(text, span, written), text: written, isOnly }];
  // What other helps of this one quote are samples.
  if (name === "pragma-syntax") return [];
  return [...help.matchAll(/(?<!remove )`(\w+=[^\s`]+(?: \w+=[^\s`]+)*)`/g)].flatMap(
    ([, options]) => pragmaWith(text, diagnostic, options!) ?? [],
  );
}

/** Whether an option stands beside another one: on the line of a pragma, or in an object. */
function isGiven(text: string, { start, end }: Span, option: string): boolean {
  const line = text.slice(text.lastIndexOf("\n", start) + 1, start);
  const inPragma = /@cached\b(?!\()/.test(line);
  const from = inPragma ? start - line.length : text.lastIndexOf("{", start);
  const to = text.indexOf(inPragma ? "\n" : "}", end);
  return new RegExp(`\\b${option}\\b["']?\\s*[=:,]`).test(
    text.slice(Math.max(from, 0), to < 0 ? undefined : to),
  );
}

/** The span, and the name before it if the text to write has it too: `key=["id"]`, of which `["id"]` is wrong. */
function replaced(text: string, { start, end }: Span, written: string): Span {
  const [name = ""] = /^\w+=/.exec(written) ?? [];
  const from = start - name.length;
  return { start: name !== "" && text.slice(from, start) === name ? from : start, end };
}

/** Writes options into the pragma of a diagnostic. `key` replaces `ignore`, and `allow` is added to what is allowed. */
function pragmaWith(text: string, { span }: Diagnostic, options: string): Fix | undefined {
  const pragma = [...text.matchAll(/@cached\b[^\r\n*]*/g)].filter(({ index }) => index <= span.end).at(-1);
  if (!pragma) return undefined;
  const line = pragma[0].trimEnd();
  const without = (from: string, option: string): string =>
    from.replace(new RegExp(` ${option}=(?:"[^"]*"|\\S+)`), "");
  let changed = line;
  for (const option of options.split(" ")) {
    const [name = "", value = ""] = option.split("=", 2);
    const [, allowed] = name === "allow" ? (/ allow=(\S+)/.exec(changed) ?? []) : [];
    const kept = name === "key" ? without(without(changed, "key"), "ignore") : without(changed, name);
    changed = `${kept} ${name}=${allowed === undefined ? "" : `${allowed},`}${value}`;
  }
  return {
    title: `Write \`${options}\``,
    span: { start: pragma.index, end: pragma.index + line.length },
    text: changed,
    isOnly: false,
  };
}
