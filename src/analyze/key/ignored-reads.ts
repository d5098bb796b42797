/** Finds reads of what the options leave out of the key: two callers who differ in it share one answer. */
import type { ts } from "ts-morph";
import { type Problem, problem } from "../../diagnostics/catalogue.ts";
import { joined } from "../../diagnostics/wording.ts";
import type { FunctionOptions, PathOption } from "../../options/function.ts";
import { pathFrom } from "../../project/files/paths.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import type { Span } from "../../site.ts";
import { positionOf, spanOf } from "../../syntax/nodes.ts";
import type { Use } from "../purity/uses.ts";
import { instanceFits, keyWith } from "./advice.ts";
import { type InnerUse, type InputUses, isPrefix, pathText, RECEIVER } from "./input-uses.ts";

type Path = readonly string[];

/**
 * Returns at most one problem for each option.
 *
 * @param problems the problems of the key; an option with an error of its own probably means something else
 * @param file the file with the options; the function may be in another
 */
export function ignoredReads(
  options: FunctionOptions,
  uses: InputUses,
  problems: readonly Problem[],
  file: ProjectFile,
): readonly Problem[] {
  const { key, allow } = options;
  if (allow.includes("ignored-read")) return [];
  const byParameters = key ? "key" : "ignore";
  const isPlain = options.key === undefined || options.ignore === undefined;
  const found = [
    ...(isPlain && isSound(byParameters, options, problems) ? ofParameters(byParameters, options, uses) : []),
    ...(isSound("this", options, problems) ? ofReceiver(options, uses) : []),
  ];
  return found.map(({ option, left, offer }) => {
    const items = options[option] as readonly PathOption[];
    const named = items.filter(({ text }) => left.some(({ name }) => name === text));
    const isOne = option === "ignore" && named.length === 1;
    return problem("ignored-read", isOne ? named[0]!.span : spanOfOption(option, left, options), {
      by: `${option}=${items.map(({ text }) => text).join(",")}`,
      reads: [...new Set(left.map(shownUse))],
      places: placesOf(left, file),
      offer,
      instead: option === "ignore",
    });
  });
}

/** Returns the span of an option; that of the first read for a default of the project. */
const spanOfOption = (option: string, left: readonly LeftOutUse[], { spans }: FunctionOptions): Span =>
  spans.get(option)?.value ?? spanOf(left[0]!.use.node);

/** What an option leaves out of the key though the function uses it. */
interface IgnoredReads {
  readonly option: "key" | "ignore" | "this";
  readonly left: readonly LeftOutUse[];
  readonly offer: string | undefined;
}

function isSound(
  option: IgnoredReads["option"],
  { spans }: FunctionOptions,
  problems: readonly Problem[],
): boolean {
  const at = spans.get(option)?.value;
  if (option === "this" && problems.some(({ name }) => name === "receiver-unkeyed")) return false;
  return !problems.some(
    ({ severity, span }) => severity === "error" && at && at.start <= span.start && span.end <= at.end,
  );
}

function ofParameters(
  option: "key" | "ignore",
  options: FunctionOptions,
  uses: InputUses,
): readonly IgnoredReads[] {
  const { key, ignore } = options;
  const left = uses.names.flatMap((name) => {
    if (!key && !ignore?.some(({ text }) => text === name)) return [];
    return leftOutUses(name, pathsOf(key ?? [], name), options, uses);
  });
  if (left.length === 0) return [];
  const names = left.map(({ name }) => name);
  return [{ option, left, offer: offerOf("key", keyWith(names, options, uses)) }];
}

function ofReceiver(options: FunctionOptions, uses: InputUses): readonly IgnoredReads[] {
  if (typeof options.this !== "object") return [];
  const texts = options.this.map(({ text }) => text);
  const kept = texts.map((text) => text.split("."));
  const left = leftOutUses(RECEIVER, kept, options, uses).filter((each) => isData(each.use, kept, each.uses));
  if (left.length === 0) return [];
  const paths = left.map(({ use }) => use.path);
  const all = [...new Set([...texts, ...paths.map((path) => pathText(RECEIVER, path))])].join(",");
  const isNamed = left.every(({ use, isHidden }) => use.path.length > 0 && !isHidden);
  const offer = isNamed ? all : instanceFits(options) ? "instance" : undefined;
  return [{ option: "this", left, offer: offerOf("this", offer) }];
}

/** Returns the lines of the uses, by file. */
function placesOf(left: readonly LeftOutUse[], file: ProjectFile): readonly string[] {
  const lines = new Map<ts.SourceFile, Set<number>>();
  for (const { use } of left) {
    const source = use.node.getSourceFile();
    const { line } = positionOf(source, spanOf(use.node));
    lines.set(source, (lines.get(source) ?? new Set()).add(line));
  }
  return [...lines].map(([source, all]) => {
    const of = source === file.source ? "" : ` of ${pathFrom(file.root, source.fileName)}`;
    return `line${all.size > 1 ? "s" : ""} ${joined([...all])}${of}`;
  });
}

interface LeftOutUse extends InnerUse {
  readonly name: string;
  /** A part of it is in the key. */
  readonly isPartly: boolean;
}

/** Returns the uses of a parameter that no path in the key covers. */
function leftOutUses(
  name: string,
  kept: readonly Path[],
  options: FunctionOptions,
  uses: InputUses,
): readonly LeftOutUse[] {
  if (kept.some((path) => path.length === 0)) return [];
  const isKeyed = (other: string): boolean => isWholeInKey(other, options);
  const all = uses.usesOf(name, isKeyed).map((use) => ({ use, uses, isHidden: false }));
  return (name === RECEIVER ? [...all, ...uses.usesInMethods()] : all)
    .filter(({ use, isHidden }) => isHidden || !isCovered(use, name, kept, uses))
    .map((each) => ({ ...each, name, isPartly: kept.some((path) => isPrefix(each.use.path, path)) }));
}

function isWholeInKey(name: string, { key, ignore }: FunctionOptions): boolean {
  if (key) return key.some(({ text }) => text === name);
  return !ignore?.some(({ text }) => text === name);
}

function isCovered({ path, kind }: Use, name: string, kept: readonly Path[], uses: InputUses): boolean {
  if (kept.some((each) => isPrefix(each, path))) return true;
  const within = kept.filter((each) => isPrefix(path, each));
  if (kind === "test" && within.some((each) => !uses.isOptional(name, each))) return true;
  if (uses.isSignal(name, path)) return true;
  return kind === "read" && isWholeCovered(path, name, kept, uses);
}

/** Tells whether each property of an object that is passed on is in the key, or a signal. */
function isWholeCovered(path: Path, name: string, kept: readonly Path[], uses: InputUses): boolean {
  if (kept.some((each) => isPrefix(each, path)) || uses.isSignal(name, path)) return true;
  const isOpen = name === RECEIVER || (path.length > 0 && !kept.some((each) => isPrefix(path, each)));
  const properties = isOpen ? undefined : uses.propertiesAt(name, path);
  if (!properties || properties.length === 0) return false;
  return properties.every((property) => isWholeCovered([...path, property], name, kept, uses));
}

/** Tells whether a use of the receiver reads data: a method, a service or a constant is not what `this` names. */
function isData({ path, kind }: Use, kept: readonly Path[], uses: InputUses): boolean {
  if (path.length > 0) return uses.isVariable(path[0]!) && uses.isKeyable(RECEIVER, path);
  const others = (uses.propertiesAt(RECEIVER, []) ?? []).filter(
    (name) => !kept.some(([first]) => first === name),
  );
  return kind === "read" && others.some((name) => uses.isVariable(name) && uses.isKeyable(RECEIVER, [name]));
}

/** Names a use for the message. */
function shownUse({ name, use: { path, kind, method }, isPartly }: LeftOutUse): string {
  const whole = [name, ...path];
  if (kind === "call") return `\`${[...whole, ...(method === undefined ? [] : [method])].join(".")}()\``;
  return `${isPartly ? "other parts of " : ""}\`${whole.join(".")}\``;
}

const pathsOf = (options: readonly PathOption[], name: string): readonly Path[] =>
  options.map(({ text }) => text.split(".")).flatMap(([root, ...path]) => (root === name ? [path] : []));

const offerOf = (option: string, value: string | undefined): string | undefined =>
  value && `${option}=${value}`;
