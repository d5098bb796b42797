import type { SpecOptions } from "../../runtime/contract/spec.ts";
import { OPTION_NAMES, findConflicts, readOption } from "../../runtime/contract/options.ts";
import { suggest } from "../../runtime/contract/suggest.ts";
import { type CompilerOptions, allowFault } from "./compiler.ts";
import { type DiagnosticName, type Problem, problem } from "../diagnostics/catalogue.ts";
import type { WrittenOption } from "../pragma/options.ts";
import type { MarkForm, Span } from "../site.ts";

export type { CompilerOptions, DefaultOptions, ResolvedCompilerOptions } from "./compiler.ts";
export { resolveCompilerOptions } from "./compiler.ts";

/** One item of `key`, `ignore` or `this`, and where it was written. */
export interface PathOption {
  readonly text: string;
  readonly span: Span;
}

/** The options of one function, checked and resolved. */
export interface FunctionOptions {
  /** What the runtime is told: times in milliseconds, with the project's defaults. */
  readonly site: SpecOptions;
  readonly namespace?: string;
  readonly name?: string;
  readonly version?: string;
  readonly key?: readonly PathOption[];
  readonly ignore?: readonly PathOption[];
  readonly this?: readonly PathOption[] | "instance" | "ignore";
  /** Warnings that are silenced here. */
  readonly allow: readonly DiagnosticName[];
  /** Names of options whose values only the run time knows; they are not in `site`. */
  readonly dynamic: readonly string[];
  /** Names of options that were given, or meant, but could not be read: nothing says what they would change. */
  readonly unread: readonly string[];
  readonly spans: ReadonlyMap<string, { readonly name: Span; readonly value: Span }>;
}

export interface OptionContext {
  readonly form: MarkForm;
  readonly defaults: CompilerOptions["defaults"];
  /** Whether the function gives its result at once; undefined when only its value tells. */
  readonly sync: boolean | undefined;
}

export interface ResolvedFunctionOptions {
  readonly options: FunctionOptions;
  readonly problems: readonly Problem[];
}

/** What a call may leave to the run time; the rest decides how the function is compiled, or its id. */
const SITE_OPTIONS: readonly string[] = Object.keys({
  ttl: 0,
  swr: 0,
  sie: 0,
  jitter: 0,
  backend: 0,
  serializer: 0,
  lock: 0,
  timeout: 0,
  skip: 0,
  max: 0,
  copy: 0,
} satisfies Record<keyof SpecOptions, 0>);

/** Checks and resolves what was written at one function; an option with a problem is left out of the result. */
export function resolveOptions(
  written: readonly WrittenOption[],
  context: OptionContext,
): ResolvedFunctionOptions {
  const own = new Map<string, WrittenOption>();
  const values = new Map<string, unknown>();
  const problems: Problem[] = [];
  const meant = new Set<string>();
  for (const option of written) {
    const { name, nameSpan } = option;
    const read = own.has(name)
      ? problem("option-duplicate", nameSpan, { name })
      : readWritten(option, context.form);
    if (isProblem(read)) problems.push(read);
    if (!isOption(name)) meant.add(suggest(name, OPTION_NAMES) ?? name);
    if (own.has(name) || !isOption(name)) continue;
    own.set(name, option);
    // One that cannot be read is still given: no second problem says that it is missing.
    values.set(name, isProblem(read) ? undefined : read.value);
  }
  for (const name of meant) if (isOption(name) && !own.has(name)) values.set(name, undefined);
  for (const [name, value] of Object.entries(context.defaults ?? {})) {
    const read = readOption(name, value);
    if ("value" in read && !values.has(name)) values.set(name, read.value);
  }
  const ofOwn = findConflicts(new Map([...values].filter(([name]) => own.has(name))), context.sync);
  for (const { option: name, ...fault } of findConflicts(values, context.sync)) {
    const option = own.get(name);
    if (option?.value.kind === "missing" || meant.has(name)) continue;
    if (option) {
      const isOwn = ofOwn.some((conflict) => conflict.option === name && conflict.problem === fault.problem);
      const said = isOwn ? fault : { ...fault, problem: fault.problem.replace(/\.$/, AS_DEFAULT) };
      problems.push(problem("option-conflict", whole(option), said));
    }
    // A project's default that has no effect here is no mistake of this function.
    else values.delete(name);
  }
  return { options: assemble(own, values), problems };
}

/** Behind a conflict that is not to be seen at the function. */
const AS_DEFAULT = ", which is what the project's `defaults` say.";

const isOption = (name: string): boolean => (OPTION_NAMES as readonly string[]).includes(name);

const isProblem = (read: Problem | { readonly value: unknown }): read is Problem => "severity" in read;

const whole = ({ nameSpan, valueSpan }: WrittenOption): Span => ({
  start: nameSpan.start,
  end: Math.max(nameSpan.end, valueSpan.end),
});

/** The value of an option, `undefined` where only the run time knows it. */
function readWritten(option: WrittenOption, form: MarkForm): Problem | { readonly value: unknown } {
  const { name, nameSpan, value, valueSpan } = option;
  if (!isOption(name)) {
    return problem("option-unknown", nameSpan, { name, nearest: suggest(name, OPTION_NAMES) });
  }
  if (value.kind === "missing") return { value: undefined };
  if (value.kind === "dynamic") {
    if (SITE_OPTIONS.includes(name)) return { value: undefined };
    return problem("option-value", valueSpan, {
      problem: `\`${name}\` is needed when the program is built, but this value is known only when it runs.`,
      help: "Write a literal in its place.",
    });
  }
  const read = readOption(name, value.value);
  if ("code" in read) {
    // In a call a list is an array, so that is what to write, even in place of a text.
    const isText = form !== "pragma" && LISTS.includes(name) && typeof value.value === "string";
    const asArray = isText ? readOption(name, [value.value]) : read;
    const { help } = "code" in asArray ? asArray : read;
    return problem("option-value", spanOfBadItem(option), { problem: read.problem, help });
  }
  if (name === "allow") {
    for (const { text, span } of itemsOf(option, read.value as readonly string[])) {
      const fault = allowFault(text);
      if (fault) return problem("option-value", span, fault);
    }
  }
  return read;
}

/** The items of a list, each with its span as far as that is known. */
function itemsOf({ value, valueSpan, itemSpans }: WrittenOption, items: readonly string[]): PathOption[] {
  const text = items.join(",");
  // Escapes in a quoted value move its characters; then only the whole value has a place.
  const exact =
    value.kind === "literal" && value.value === text && valueSpan.end - valueSpan.start === text.length;
  let start = valueSpan.start;
  return items.map((item, index) => {
    const span = { start, end: start + item.length };
    start = span.end + 1;
    return { text: item, span: itemSpans?.[index] ?? (exact ? span : valueSpan) };
  });
}

/** The first item of a list that is wrong by itself or was there before, else the whole value. */
function spanOfBadItem(option: WrittenOption): Span {
  const value = option.value.kind === "literal" ? option.value.value : undefined;
  const items = typeof value === "string" ? value.split(",") : value;
  if (!LISTS.includes(option.name) || !Array.isArray(items) || items.length < 2) return option.valueSpan;
  const isBad = (item: unknown, index: number): boolean =>
    items.indexOf(item) < index || "code" in readOption(option.name, [item]);
  return itemsOf(option, items)[items.findIndex(isBad)]?.span ?? option.valueSpan;
}

const LISTS: readonly string[] = ["key", "ignore", "this", "allow"];

/** Sorts what was read into what the runtime is told and what the other phases use. */
function assemble(
  own: ReadonlyMap<string, WrittenOption>,
  values: ReadonlyMap<string, unknown>,
): FunctionOptions {
  const site: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  const dynamic: string[] = [];
  const spans = new Map<string, { readonly name: Span; readonly value: Span }>();
  for (const [name, { nameSpan, valueSpan, value }] of own) {
    spans.set(name, { name: nameSpan, value: valueSpan });
    if (value.kind === "dynamic" && SITE_OPTIONS.includes(name)) dynamic.push(name);
  }
  for (const [name, value] of values) {
    if (value === undefined || name === "allow") continue;
    if (SITE_OPTIONS.includes(name)) site[name] = value;
    else rest[name] = Array.isArray(value) ? itemsOf(own.get(name)!, value) : value;
  }
  const allow = (values.get("allow") ?? []) as readonly DiagnosticName[];
  const unread = [...values.keys()].filter(
    (name) => values.get(name) === undefined && !dynamic.includes(name),
  );
  return { site, ...rest, allow, dynamic, unread, spans };
}
