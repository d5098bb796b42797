/** Checks and resolves the options of one function. */
import {
  OPTION_NAMES,
  findConflicts,
  readOption,
  takesDuration,
  takesList,
} from "../../runtime/contract/options.ts";
import type { SpecOptions } from "../../runtime/contract/spec.ts";
import { suggest } from "../../runtime/contract/suggest.ts";
import { type DiagnosticName, type Problem, problem } from "../diagnostics/catalogue.ts";
import type { WrittenOption } from "../pragma/options.ts";
import type { MarkForm, Span } from "../site.ts";
import { type CompilerOptions, allowFault } from "./compiler.ts";

export type { CompilerOptions, DefaultOptions, ResolvedCompilerOptions } from "./compiler.ts";
export { resolveCompilerOptions } from "./compiler.ts";

/** One item of `key`, `identity`, `ignore` or `this`, and its position. */
export interface PathOption {
  readonly text: string;
  readonly span: Span;
}

/** The options of one function, checked and resolved. */
export interface FunctionOptions {
  /** The options that are passed to the runtime: durations in milliseconds, with the project's defaults applied. */
  readonly site: SpecOptions;
  readonly namespace?: string;
  readonly name?: string;
  readonly version?: string;
  readonly key?: readonly PathOption[];
  readonly identity?: readonly PathOption[];
  readonly ignore?: readonly PathOption[];
  readonly this?: readonly PathOption[] | "instance" | "ignore";
  /** The parameter with the ids of a batch function. */
  readonly multi?: string;
  /** The batch function whose entries are shared: `usersByIds`, `repo.findAll`. */
  readonly one?: string;
  /** Warnings that are silenced for this function. */
  readonly allow: readonly DiagnosticName[];
  /** Names of options whose values are known only at run time. They are not in `site`. */
  readonly dynamic: readonly string[];
  /** Names of options that were given or probably meant, but could not be read, so that their effect is unknown. */
  readonly unread: readonly string[];
  /** The positions of the options that were given. */
  readonly spans: ReadonlyMap<string, { readonly name: Span; readonly value: Span }>;
}

export interface OptionContext {
  readonly form: MarkForm;
  readonly defaults: CompilerOptions["defaults"];
  /** Whether the function is synchronous; undefined if only its result can tell. */
  readonly sync: boolean | undefined;
  /** Whether the function reads its receiver. If not, a default of `this` has no effect. */
  readonly readsReceiver?: boolean;
  /** Where mistakes in the project's defaults are reported; undefined if they are reported elsewhere. */
  readonly defaultsAt?: Span | undefined;
}

export interface ResolvedFunctionOptions {
  readonly options: FunctionOptions;
  readonly problems: readonly Problem[];
}

/** The options that a call may leave to the run time. The others decide how the function is compiled, or its id. */
const SITE_OPTIONS: readonly string[] = Object.keys({
  ttl: 0,
  swr: 0,
  sie: 0,
  refresh: 0,
  retry: 0,
  deadline: 0,
  jitter: 0,
  backend: 0,
  serializer: 0,
  lock: 0,
  timeout: 0,
  skip: 0,
  max: 0,
  copy: 0,
  tags: 0,
  near: 0,
} satisfies Record<keyof SpecOptions, 0>);

/** Checks and resolves the options that were written at one function. The result omits options with problems. */
export function resolveOptions(
  options: readonly WrittenOption[],
  context: OptionContext,
): ResolvedFunctionOptions {
  const written = new Map<string, WrittenOption>();
  const values = new Map<string, unknown>();
  const problems: Problem[] = [];
  /** The options that unknown names probably mean. */
  const guessed = new Set<string>();
  for (const option of options) {
    const { name, nameSpan } = option;
    const read = written.has(name)
      ? problem("option-duplicate", nameSpan, { name })
      : readWritten(option, context.form);
    if (isProblem(read)) problems.push(read);
    else if (option.value.kind === "literal")
      problems.push(...millisecondsProblem(name, option.value.value, option.valueSpan));
    if (!isOption(name)) guessed.add(suggest(name, OPTION_NAMES) ?? name);
    if (written.has(name) || !isOption(name)) continue;
    written.set(name, option);
    // An option that cannot be read still counts as given, so that it is not also reported as missing.
    values.set(name, isProblem(read) ? undefined : read.value);
  }
  for (const name of guessed) if (isOption(name) && !written.has(name)) values.set(name, undefined);
  for (const [name, value] of Object.entries(context.defaults ?? {})) {
    const read = readOption(name, value);
    if (context.defaultsAt) problems.push(...millisecondsProblem(name, value, context.defaultsAt, true));
    const hasEffect = name !== "this" || context.readsReceiver !== false;
    if ("value" in read && hasEffect && !values.has(name)) values.set(name, read.value);
  }
  const conflictsHere = findConflicts(
    new Map([...values].filter(([name]) => written.has(name))),
    context.sync,
  );
  dropIdleDefaults(values, (name) => written.has(name) || guessed.has(name), context.sync);
  for (const { option: name, ...fault } of findConflicts(values, context.sync)) {
    const option = written.get(name);
    if (!option || option.value.kind === "missing" || guessed.has(name)) continue;
    const isVisibleHere = conflictsHere.some(
      (conflict) => conflict.option === name && conflict.problem === fault.problem,
    );
    const details = isVisibleHere ? fault : { ...fault, problem: fault.problem.replace(/\.$/, BY_DEFAULTS) };
    problems.push(problem("option-conflict", pairSpan(option), details));
  }
  return { options: functionOptions(written, values), problems };
}

/**
 * Removes the project's defaults that have no effect here, which is not a mistake of this function. Others may have had
 * an effect only with one of them.
 */
function dropIdleDefaults(
  values: Map<string, unknown>,
  isWritten: (name: string) => boolean,
  sync: boolean | undefined,
): void {
  const idle = findConflicts(values, sync).filter(({ option }) => !isWritten(option));
  for (const { option } of idle) values.delete(option);
  if (idle.length > 0) dropIdleDefaults(values, isWritten, sync);
}

/** Appended to a conflict with an option that is not written at the function. */
const BY_DEFAULTS = ", which the project's `defaults` set.";

const isOption = (name: string): boolean => (OPTION_NAMES as readonly string[]).includes(name);

const isProblem = (read: Problem | { readonly value: unknown }): read is Problem => "severity" in read;

const pairSpan = ({ nameSpan, valueSpan }: WrittenOption): Span => ({
  start: nameSpan.start,
  end: Math.max(nameSpan.end, valueSpan.end),
});

/** Returns the value of an option, `undefined` if it is known only at run time, or the problem with it. */
function readWritten(option: WrittenOption, form: MarkForm): Problem | { readonly value: unknown } {
  const { name, nameSpan, value, valueSpan } = option;
  if (!isOption(name)) {
    return problem("option-unknown", nameSpan, { name, nearest: suggest(name, OPTION_NAMES) });
  }
  if (value.kind === "missing") return { value: undefined };
  if (value.kind === "dynamic") {
    if (SITE_OPTIONS.includes(name)) return { value: undefined };
    return problem("option-value", valueSpan, {
      problem: `\`${name}\` is needed at build time, but this value is known only at run time.`,
      help: name === "one" ? "Write the name of the batch function instead." : "Write a literal instead.",
    });
  }
  const read = readOption(name, value.value);
  if ("code" in read) {
    // In a call a list is an array, so the help is about an array even if the value is a string.
    const isString = form !== "pragma" && takesList(name) && typeof value.value === "string";
    const asArray = isString ? readOption(name, [value.value]) : read;
    const { help } =
      form === "pragma" && isFunctionText(name, value.value)
        ? { help: `A pragma cannot hold a function: write \`cached(fn, { ${name}: … })\` instead.` }
        : "code" in asArray
          ? asArray
          : read;
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

/** Tells whether a value in a pragma is meant as a function, for an option that takes one in a call. */
const isFunctionText = (name: string, value: unknown): boolean =>
  /=>|^\(|^function\b/.test(String(value)) && "value" in readOption(name, () => true);

/** The largest number of seconds that is certainly meant as one, an hour. */
const MAX_PLAUSIBLE_SECONDS = 3600;

/** Warns of a duration without a unit that looks like milliseconds: `ttl=60000`. */
function millisecondsProblem(
  name: string,
  value: unknown,
  span: Span,
  isDefault = false,
): readonly Problem[] {
  const isBare = typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));
  const seconds = Number(value);
  const isSuspect = isBare && seconds > MAX_PLAUSIBLE_SECONDS && seconds % 1000 === 0 && seconds < Infinity;
  return isSuspect && takesDuration(name)
    ? [problem("ttl-milliseconds", span, { option: name, seconds, isDefault })]
    : [];
}

/** Returns the items of a list with their spans. An item of unknown position has the span of the whole value. */
function itemsOf({ value, valueSpan, itemSpans }: WrittenOption, items: readonly string[]): PathOption[] {
  const text = items.join(",");
  // In a quoted value with escapes, the positions of the items are unknown.
  const isExact =
    value.kind === "literal" && value.value === text && valueSpan.end - valueSpan.start === text.length;
  let start = valueSpan.start;
  return items.map((item, index) => {
    const span = { start, end: start + item.length };
    start = span.end + 1;
    return { text: item, span: itemSpans?.[index] ?? (isExact ? span : valueSpan) };
  });
}

/** Returns the span of the first item that is invalid or a duplicate, or else of the whole value. */
function spanOfBadItem(option: WrittenOption): Span {
  const value = option.value.kind === "literal" ? option.value.value : undefined;
  const items = typeof value === "string" ? value.split(",") : value;
  if (!takesList(option.name) || !Array.isArray(items) || items.length < 2) return option.valueSpan;
  const isBad = (item: unknown, index: number): boolean =>
    items.indexOf(item) < index || "code" in readOption(option.name, [item]);
  return itemsOf(option, items)[items.findIndex(isBad)]?.span ?? option.valueSpan;
}

/** Returns the items of a list with their spans, which are empty in a default of the project. */
function pathOptions(items: readonly string[], option: WrittenOption | undefined): PathOption[] {
  return option ? itemsOf(option, items) : items.map((text) => ({ text, span: { start: 0, end: 0 } }));
}

/** Separates the options for the runtime from those that the other phases use. */
function functionOptions(
  written: ReadonlyMap<string, WrittenOption>,
  values: ReadonlyMap<string, unknown>,
): FunctionOptions {
  const site: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  const dynamic: string[] = [];
  const spans = new Map<string, { readonly name: Span; readonly value: Span }>();
  for (const [name, { nameSpan, valueSpan, value }] of written) {
    spans.set(name, { name: nameSpan, value: valueSpan });
    if (value.kind === "dynamic" && SITE_OPTIONS.includes(name)) dynamic.push(name);
  }
  for (const [name, value] of values) {
    if (value === undefined || name === "allow") continue;
    if (SITE_OPTIONS.includes(name)) site[name] = value;
    else others[name] = Array.isArray(value) ? pathOptions(value, written.get(name)) : value;
  }
  const allow = (values.get("allow") ?? []) as readonly DiagnosticName[];
  const unread = [...values.keys()].filter(
    (name) => values.get(name) === undefined && !dynamic.includes(name),
  );
  return { site, ...others, allow, dynamic, unread, spans };
}
