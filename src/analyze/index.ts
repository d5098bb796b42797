/** Analyzes one marked function, in this order: key, result, purity, identity. */
import { ts } from "ts-morph";
import type { Mode } from "../../runtime/contract/spec.ts";
import type { Problem } from "../diagnostics/catalogue.ts";
import { problem } from "../diagnostics/catalogue.ts";
import type { Mark } from "../find/mark.ts";
import type { FunctionOptions, ResolvedCompilerOptions } from "../options/function.ts";
import type { ProjectFile } from "../project/workspace.ts";
import type { Site } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { positionOf, spanOf } from "../syntax/nodes.ts";
import { overloadsOf } from "../syntax/overloads.ts";
import { Scopes } from "../syntax/scope.ts";
import { batchSpec, unreadIds } from "./batch.ts";
import { costProblems } from "./cost/cheap.ts";
import { functionText } from "./function-text.ts";
import { isDeep, siteIdOf, versionOf } from "./identity.ts";
import { analyzeCaptures } from "./key/captures.ts";
import { withJointOffers } from "./key/advice.ts";
import { ignoredReads } from "./key/ignored-reads.ts";
import { importedFunctions } from "./imported-functions.ts";
import { InputUses } from "./key/input-uses.ts";
import {
  analyzeParameters,
  identityFor,
  type KeyContribution,
  uncertainParameters,
} from "./key/parameters.ts";
import { analyzeReceiver } from "./key/receiver.ts";
import { analyzeOne } from "./one.ts";
import { selfCallProblems } from "./key/self-calls.ts";
import { withFunctionType } from "./link-type.ts";
import { needsOf } from "./needs.ts";
import type { FunctionReads } from "./purity/reads.ts";
import { collectReads, executedNodes } from "./purity/reads.ts";
import { deepCode } from "./reach/deep-version.ts";
import { analyzePurity } from "./reach/purity.ts";
import { isSingleton } from "./reach/singletons.ts";
import { analyzeResult, modeOf, uncertainResultNodes } from "./result.ts";
import { changeablePart } from "./sharing/proofs.ts";
import { analyzeSharing } from "./sharing/sharing.ts";
import { dependenciesOf } from "./types/dependencies.ts";
import { overloadTexts, uncertainOverloads } from "./types/overloads.ts";
import { Types } from "./types/types.ts";

/** A variable, which can be read without running code of the program. */
const VARIABLE = /^[\p{ID_Continue}$]+$/u;

export interface Analysis {
  /** Undefined if one of the problems is an error. */
  readonly site: Site | undefined;
  readonly problems: readonly Problem[];
  /** Other files whose types were read. Present after an error too, since the fix may be in one of them. */
  readonly dependencies: readonly string[];
}

/** Returns the mode of a function. It is needed to check the options, before the rest is analyzed. */
export function resultMode(mark: Mark, file: ProjectFile, compiler: ResolvedCompilerOptions): Mode {
  const types = new Types(file, compiler);
  return types.query(mark.fn, "mode", () => modeOf(mark.fn, types));
}

/** Tells whether a function reads `this` or `super`, which decides whether the project's default of `this` applies. */
export function readsReceiver(fn: MarkedFunction): boolean {
  const { own } = collectReads(executedNodes(fn));
  return own.this !== undefined || own.super !== undefined;
}

/** Analyzes one function. `options` are its own, `compiler` those of the project. */
export function analyze(
  mark: Mark,
  file: ProjectFile,
  options: FunctionOptions,
  compiler: ResolvedCompilerOptions,
): Analysis {
  const { fn } = mark;
  const types = new Types(file, compiler);
  const scopes = new Scopes(file.scripts);
  const reads = collectReads(executedNodes(fn));
  const bodyReads = collectReads([fn.body!]);

  // 1. The key.
  const optionsText = JSON.stringify(options, withoutSpans);
  const parameters = types.query(
    fn,
    `parameters ${optionsText}`,
    () => ({ ...analyzeParameters(fn, options, types) }),
    hasNoProblems,
  );
  const uses = new InputUses(fn, reads, scopes, types);
  const receiver = analyzeReceiver(fn, reads, options, uses, types, (node) =>
    isSingleton(node, file, compiler.singletons, file),
  );
  const captures = analyzeCaptures(fn, reads, scopes, types);
  const inputs = [parameters, receiver, captures];
  const parts = inputs.flatMap((each) => each.parts);
  const slots = inputs.flatMap((each) => each.slots);

  const isSafe = (slot: string): boolean => VARIABLE.test(slot) && !captures.uncertain.has(slot);

  // 2. The result.
  const result = types.query(
    fn,
    `result ${optionsText}`,
    () => analyzeResult(mark, types, options),
    (answer) => hasNoProblems(answer) && !answer.insertReturnType,
  );

  // 3. Problems, and the files that the types come from.
  const purity = analyzePurity(fn, {
    file,
    types,
    name: mark.path.join("."),
    singletons: compiler.singletons,
    settled: options.this === undefined ? undefined : ts.findAncestor(fn, ts.isClassLike),
  });
  const one = analyzeOne(fn, options, captures, types);
  const allow = [...compiler.allow, ...options.allow];
  const sharing = analyzeSharing(mark, {
    ...{ file, scopes, types, options, allow, result },
    imported: importedFunctions(file),
  });
  const keyTypes = inputs.flatMap((each) => each.types);
  const found = [
    ...withJointOffers(inputs.flatMap((each) => each.problems)),
    ...ignoredReads(options, uses, [...parameters.problems, ...receiver.problems], file),
    ...(result.mode === "sync" || capturesObjects(captures)
      ? []
      : selfCallProblems(fn, { options, uses, scopes })),
    ...unsupportedReads(reads, scopes),
    ...purity.problems,
    ...sharing.problems,
    ...result.problems,
    ...one.problems,
  ];
  const failed = found.some(({ severity }) => severity === "error");
  const cost = {
    ...mark,
    at: mark.name,
    slots,
    types: keyTypes,
    result: result.type,
    identityFor(names: readonly string[]): string | undefined {
      const isReadonly = (name: string, type: ts.Type): boolean =>
        names.includes(name) && changeablePart(type, types) === undefined;
      return identityFor(fn, isReadonly, options, types);
    },
  };
  const problems = [...found, ...(failed ? [] : costProblems(fn, cost, scopes))].sort(
    (one, other) => one.span.start - other.span.start,
  );
  const typeNodes = [
    ...uncertainParameters(fn, options, types),
    ...uncertainResultNodes(fn, types),
    ...uncertainOverloads(fn, types),
  ];
  const typeFiles =
    typeNodes.length > 0
      ? types.query(fn, `files ${optionsText}`, () => dependenciesOf(typeNodes, types.program))
      : [];
  const deep = isDeep(options) && !failed ? deepCode(fn, { file, types }) : undefined;
  const idFiles = [...new Set([...typeFiles, ...(deep?.dependencies ?? [])])].sort();
  const dependencies = [
    ...new Set([...idFiles, ...purity.dependencies, ...sharing.dependencies, ...one.dependencies]),
  ]
    .filter((each) => each !== file.path)
    .sort();
  if (failed) return { site: undefined, problems, dependencies };

  // 4. The id, and the text for the emitter.
  const schema = { parts, slots, types: keyTypes, result: result.type };
  const { line, column } = positionOf(file.source, mark.name);
  const text = functionText(mark, {
    reads: bodyReads,
    scopes,
    result,
    options,
    types,
    compilerOptions: file.compilerOptions,
    kept: unshapedSlots(parts, slots),
  });
  const unread = unreadIds(fn, options, text);
  if (unread.length > 0) return { site: undefined, problems: [...unread, ...problems], dependencies };
  const multi = batchSpec(options, result.form, { fn, parts, text });
  const site: Site = {
    form: mark.form,
    id: siteIdOf({ mark, file, options, compiler }, () =>
      versionOf(fn, {
        ...schema,
        reached: deep?.code,
        overloads: types.query(fn, "overloads", () => overloadTexts(overloadsOf(fn), types)),
      }),
    ),
    span: mark.name,
    line,
    column,
    at: `${file.relative}:${line}`,
    mode: result.mode,
    mixed: result.mixed,
    parts,
    slots,
    unsafeSlots: slots.flatMap((slot, index) => (isSafe(slot) ? [] : [index])),
    omitted: inputs.flatMap((each) => each.omitted),
    reads: purity.environment,
    reach: purity.reach,
    options: options.site,
    seen: mark.dynamic ? mark.written.map(({ name }) => name) : undefined,
    needs: needsOf(options.site, {
      parts,
      types: [...keyTypes, ...captures.captured],
      omitted: inputs.flatMap((each) => each.omitted),
      mode: result.mode,
      proven: result.proven,
    }),
    perInstance: receiver.perInstance,
    ...(sharing.sharedResult && { sharedResult: sharing.sharedResult }),
    text,
    ...(multi && { multi }),
    ...(options.one !== undefined && { one: options.one }),
    link: withFunctionType(mark.link, mark, file.compilerOptions, types),
    ...decoratorPart(mark),
    dependencies: idFiles,
  };
  return { site, problems, dependencies };
}

/** An answer with problems cannot be cached: a problem has a span, which every edit before it moves. */
const hasNoProblems = ({ problems }: { readonly problems: readonly Problem[] }): boolean =>
  problems.length === 0;

/** A captured object may change during a run, and its key with it. */
const capturesObjects = ({ parts }: KeyContribution): boolean =>
  parts.some(({ type = "" }) => !/^(?:string|number|boolean|bigint)$/.test(type));

/** Returns the slots of parts that are not split into their properties. */
function unshapedSlots(parts: Site["parts"], slots: readonly string[]): readonly string[] {
  let next = 0;
  return parts.flatMap(({ fields, shape }) => {
    const own = slots.slice(next, (next += fields?.length ?? 1));
    return shape ? [] : own;
  });
}

const withoutSpans = (key: string, value: unknown): unknown => (key.startsWith("span") ? undefined : value);

/** Rejects `arguments` and `new.target`: the body moves into an inner function, where they would differ. */
function unsupportedReads({ own }: FunctionReads, scopes: Scopes): readonly Problem[] {
  const problems: Problem[] = [];
  const { arguments: args, newTarget } = own;
  if (args && !scopes.resolve(args as ts.Identifier)) problems.push(problem("uses-arguments", spanOf(args)));
  if (newTarget) problems.push(problem("uses-new-target", spanOf(newTarget)));
  return problems;
}

function decoratorPart({ form, fn, span, dynamic, optionsText }: Mark): Pick<Site, "decorator"> {
  if (form !== "decorator") return {};
  const member = ts.findAncestor(fn, ts.isClassElement);
  const [first] = (member && ts.canHaveDecorators(member) && ts.getDecorators(member)) || [];
  const behindOther = first !== undefined && first.getStart() < span.start;
  return { decorator: { span, options: dynamic ? optionsText : undefined, behindOther } };
}
