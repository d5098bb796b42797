/** Offers options for a value without a key: what the body reads goes into the key, and only the rest is left out. */
import { findConflicts } from "../../../runtime/contract/options.ts";
import { isProblem, problem, type Problem } from "../../diagnostics/catalogue.ts";
import type { KeyAdvice, ReceiverAdvice } from "../../diagnostics/details.ts";
import type { FunctionOptions } from "../../options/function.ts";
import { oneLine } from "../types/tokens.ts";
import { type InputUses, isPrefix, pathText, RECEIVER } from "./input-uses.ts";

/** Longer expressions are not quoted. */
const MAX_QUOTED_CHARS = 50;
/** With more of them a sentence is too long. */
const MAX_QUOTED_READS = 3;

/** Returns the advice for one parameter. */
export function adviseOn(name: string, options: FunctionOptions, uses: InputUses): KeyAdvice {
  const ignored = (options.ignore ?? [])
    .map(({ text }) => text)
    .filter((text) => !text.startsWith(`${name}.`));
  if (options.key === undefined && uses.usesOf(name).length === 0) {
    const ignore = [...ignored, name].join(",");
    return { ignore, called: !uses.isUnread(name) };
  }
  const instead = options.ignore !== undefined;
  return { key: keyWith([name], options, uses), instead, reads: quotedReads(name, uses) };
}

/**
 * Returns the value of `key` that names the present parts of the key, and what the function reads of the given
 * parameters; undefined if `key` cannot name that.
 */
export function keyWith(
  names: readonly string[],
  { key, ignore }: FunctionOptions,
  uses: InputUses,
): string | undefined {
  const paths: string[] = [];
  for (const name of uses.names) {
    const present = key?.map(({ text }) => text).filter((text) => text.split(".", 1)[0] === name);
    if (!names.includes(name) && (present || ignore?.some(({ text }) => text === name))) {
      paths.push(...(present ?? []));
      continue;
    }
    if (uses.isSignal(name, [])) continue;
    const isWhole = !names.includes(name) && uses.isKeyable(name, [], false);
    const read = isWhole ? [[]] : readPaths(name, uses);
    if (!read) return undefined;
    paths.push(...read.map((path) => pathText(name, path)));
  }
  return paths.join(",") || undefined;
}

/** Returns the advice for the receiver. */
export function receiverAdvice(
  readsSuper: boolean,
  options: FunctionOptions,
  uses: InputUses,
): ReceiverAdvice {
  const read = readsSuper ? undefined : readPaths(RECEIVER, uses);
  const paths = read?.map((path) => pathText(RECEIVER, path)).join(",");
  return { paths: paths || undefined, instance: instanceFits(options) };
}

/** Tells whether `this=instance` contradicts no other option. */
export function instanceFits({ site, spans }: FunctionOptions): boolean {
  const written = Object.entries(site).filter(([name]) => spans.has(name));
  return (
    findConflicts(new Map([...written, ["this", "instance"]])).length ===
    findConflicts(new Map(written)).length
  );
}

/** Completes the offers for parameters and the receiver: one of them ends the errors of all. */
export function withJointOffers(problems: readonly Problem[]): readonly Problem[] {
  const unkeyable = problems.flatMap((each) =>
    isProblem(each, "parameter-unkeyable") && !each.details.by && !each.details.advice?.ignore
      ? each.details
      : [],
  );
  const paths = unkeyable.flatMap((each) => each.identity?.split(",") ?? []);
  const all = [...new Set(paths)].filter((path) => !paths.some((other) => path.startsWith(`${other}.`)));
  const identity = all.join(",") || undefined;
  const key = unkeyable.find(({ advice }) => advice?.key !== undefined)?.advice?.key;
  const objects = identity && `identity=${identity}`;
  const unkeyed = problems.find((each) => isProblem(each, "receiver-unkeyed"))?.details;
  const beside = unkeyed?.paths ?? (unkeyed?.instance ? "instance" : undefined);
  return problems.map((each) => {
    if (isProblem(each, "receiver-unkeyed"))
      return problem(each.name, each.span, { ...each.details, beside: key ? `key=${key}` : objects });
    if (!isProblem(each, "parameter-unkeyable") || each.details.by !== undefined) return each;
    const { details } = each;
    return problem(each.name, each.span, { ...details, identity: details.identity && identity, beside });
  });
}

/** Returns the shortest list of paths that covers what the function reads; undefined if one has no key. */
function readPaths(name: string, uses: InputUses): readonly (readonly string[])[] | undefined {
  const all = uses.usesOf(name).filter(({ path }) => !uses.isSignal(name, path));
  const tested = all.filter(({ kind }) => kind === "test");
  const read = all.filter(({ kind }) => kind !== "test").map(({ path }) => path);
  for (const { path } of tested) {
    const isTold = read.some((other) => isPrefix(path, other) && !uses.isOptional(name, other));
    if (!isTold) read.push(path);
  }
  const shortest = read.filter(
    (path, index) =>
      !read.some((other, at) => isPrefix(other, path) && (other.length < path.length || at < index)),
  );
  return shortest.every((path) => uses.isKeyable(name, path)) ? shortest : undefined;
}

/** Returns what the function reads of a parameter as written, if its caller can write the same. */
function quotedReads(name: string, uses: InputUses): readonly string[] {
  const nodes = uses.usesOf(name).filter(({ path, kind }) => path.length > 0 || kind === "call");
  const all = uses.usesOf(name).length;
  const texts = [...new Set(nodes.map(({ node }) => oneLine(node)))];
  const isShort = texts.length <= MAX_QUOTED_READS && texts.every((text) => text.length <= MAX_QUOTED_CHARS);
  const isKnown = nodes.length === all && nodes.every(({ node }) => uses.isKnownToCaller(node, name));
  return isShort && isKnown ? texts : [];
}
