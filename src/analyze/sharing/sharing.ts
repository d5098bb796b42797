/** Finds what a cached function and its callers share: a hit neither repeats a change nor makes new objects. */
import { ts } from "ts-morph";
import type { Mode } from "../../../runtime/contract/spec.ts";
import type { Problem } from "../../diagnostics/catalogue.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { FunctionOptions } from "../../options/function.ts";
import { pathFrom } from "../../project/files/paths.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import type { NamedFunction } from "../../find/mark.ts";
import type { SharedResult } from "../../site.ts";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import { boundNames, isWithin, positionOf, spanOf } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import { resolveValue } from "../purity/callees.ts";
import { isPrimitiveResult } from "../key/shape.ts";
import { dependenciesOf } from "../types/dependencies.ts";
import { oneLine } from "../types/tokens.ts";
import { shortType, type Types } from "../types/types.ts";
import { aliasesIn } from "./aliases.ts";
import { type Change, changesIn, executedBy } from "./changes.ts";
import { type ImportedFunction, type Origin, Origins, type Proof } from "./origins.ts";
import { changeablePart, firstOf, holds, isEvident } from "./proofs.ts";

export interface Sharing {
  readonly problems: readonly Problem[];
  /** Present if callers in other files must not change the result. */
  readonly sharedResult: SharedResult | undefined;
  /** Other files whose types were read. */
  readonly dependencies: readonly string[];
}

/** Changes that are reported of one function. */
const MAX_CHANGES = 5;

interface SharingContext {
  readonly file: ProjectFile;
  readonly imported: ImportedFunction;
  /** The position of the call `cached(load)`, whose callers share the result, in place of the function's own. */
  readonly call?: number;
  readonly scopes: Scopes;
  readonly types: Types;
  readonly options: FunctionOptions;
  /** The warnings that are silenced, for the function or for the project: what they need is not asked for. */
  readonly allow: readonly string[];
  readonly result: {
    readonly mode: Mode;
    /** The canonical type. */
    readonly type: string;
    /** The type proves that the result is plain data. */
    readonly proven: boolean;
  };
}

/** Loads types only where the syntax shows a change or a shared object. */
export function analyzeSharing(mark: NamedFunction, context: SharingContext): Sharing {
  const { fn } = mark;
  const { scopes, types, options, allow, imported, file } = context;
  const placeOf = (node: ts.Node): string => placeFrom(file, node);
  const origins = new Origins(scopes, { roots: rootsOf(fn, scopes), imported });
  const source = fn.getSourceFile();
  const asked: ts.Node[] = [];
  const isProved = (all: readonly Proof[]): boolean => {
    const proofs = all.filter((each) => !isEvident(each));
    // The types of other modules may not be loaded.
    if (proofs.some(({ node }) => node.getSourceFile() !== source)) return false;
    asked.push(...proofs.map(({ node }) => node));
    return proofs.every((proof) =>
      types.queryAt(proof.node, `proof ${proof.owners?.join() ?? ""}`, scopes, () => holds(proof, types)),
    );
  };
  const changes = allow.includes("parameter-mutated")
    ? []
    : changesIn(executedBy(fn), origins).filter(({ proofs }) => isProved(proofs));
  const problems = changes.slice(0, MAX_CHANGES).map(({ parameter, node, through }) =>
    problem("parameter-mutated", spanOf(through?.call ?? node), {
      change: shortType(oneLine(node)),
      parameter: parameter.name,
      through: through && { names: through.names, place: placeOf(node) },
    }),
  );
  let sharedResult: SharedResult | undefined;
  if (isShared(context) && !allow.includes("result-shared") && options.site.copy !== "freeze") {
    const { proven: copyable } = context.result;
    // Calls of what `cached(load)` returned are found with those in other files.
    const ofFile = context.call === undefined ? changesOfResult(mark, scopes, imported) : [];
    const [first] = ofFile.filter(({ proofs }) => isProved(proofs));
    if (first)
      problems.push(
        problem("result-shared", mark.name, {
          change: shortType(oneLine(first.node)),
          place: placeOf(first.node),
          copyable,
        }),
      );
    else if (mark.path.length > 0) sharedResult = { pos: context.call ?? fn.pos, path: mark.path, copyable };
  }
  if (isShared(context) && !allow.includes("result-aliases")) {
    const shared = aliasesIn(fn, origins).flatMap((alias) => {
      // Every caller who shares the entry has passed this very object.
      if (options.identity?.some(({ text }) => text === alias.parameter.name)) return [];
      if (!isProved(alias.proofs)) return [];
      asked.push(alias.node);
      const partOf = (): string | undefined => {
        const found = firstOf(alias.types(types), (type) => changeablePart(type, types));
        return found && types.display(found);
      };
      const { question } = alias;
      const part = question === undefined ? partOf() : types.queryAt(alias.value, question, scopes, partOf);
      return part === undefined ? [] : [{ ...alias, part }];
    });
    const [first] = shared;
    if (first)
      problems.push(
        problem("result-aliases", spanOf(first.node), {
          shared: [...new Set(shared.map(({ node }) => shortType(oneLine(node))))],
          parameters: [...new Set(shared.map(({ parameter }) => parameter.name))],
          type: first.part,
          copyable: context.result.proven,
        }),
      );
  }
  const filesOf = (node: ts.Node): readonly string[] =>
    types.queryAt(node, "files", scopes, () => dependenciesOf([node], types.program));
  return { problems, sharedResult, dependencies: [...new Set(asked.flatMap(filesOf))].sort() };
}

/** Tells whether callers may be given the same object again. */
function isShared({ options, result }: SharingContext): boolean {
  const { site, dynamic } = options;
  if (site.copy === "clone" || dynamic.includes("copy")) return false;
  if (isPrimitiveResult(result.type)) return false;
  const isWritten =
    (site.serializer !== undefined && site.serializer !== "none") || dynamic.includes("serializer");
  const mayBeRemote = result.mode !== "sync" && options.identity === undefined;
  const isRemote = mayBeRemote && (site.backend !== undefined || dynamic.includes("backend"));
  return !isWritten && !isRemote;
}

/** Finds where callers in the same file change what the function returned to them. */
function changesOfResult(
  { fn, path }: NamedFunction,
  scopes: Scopes,
  imported: ImportedFunction,
): readonly Change[] {
  const source = fn.getSourceFile();
  const name = path.at(-1);
  // Most functions are not called in their own file.
  const mentions = (call: string): number => source.text.split(call).length - 1;
  const declared = fn.name ? 1 : 0;
  if (name === undefined || mentions(`${name}(`) + mentions(`${name}<`) <= declared) return [];
  const isCall = (callee: ts.Expression): boolean => {
    if (!ts.isIdentifier(callee)) return resolveValue(callee, scopes) === fn;
    const { declaration } = scopes.resolve(callee) ?? {};
    if (!declaration || declaration === fn) return declaration === fn;
    return ts.isVariableDeclaration(declaration) && path.length === 1 && isWithin(fn, declaration);
  };
  const result: Binding = { name, kind: "function", node: fn, declaration: fn, scope: source };
  const origin: Origin = { parameter: result, fresh: 0, proofs: [] };
  const call = (callee: ts.Expression): Origin | undefined => (isCall(callee) ? origin : undefined);
  const origins = new Origins(scopes, { call, imported });
  return changesIn(source.statements, origins);
}

/** Returns where a node is, for a message about a file: `line 12`, or `src/sort.ts:12` in another one. */
function placeFrom(file: ProjectFile, node: ts.Node): string {
  const source = node.getSourceFile();
  const { line } = positionOf(source, spanOf(node));
  return source === file.source ? `line ${line}` : `${pathFrom(file.root, source.fileName)}:${line}`;
}

function rootsOf(fn: MarkedFunction, scopes: Scopes): ReadonlyMap<Binding, Origin> {
  const roots = new Map<Binding, Origin>();
  for (const { name, dotDotDotToken } of fn.parameters) {
    for (const identifier of boundNames(name)) {
      const binding = scopes.resolve(identifier);
      if (!binding) continue;
      const isRest = dotDotDotToken !== undefined && ts.isIdentifier(name);
      const isRestElement = ts.isBindingElement(identifier.parent) && identifier.parent.dotDotDotToken;
      roots.set(binding, { parameter: binding, fresh: isRest || isRestElement ? 1 : 0, proofs: [] });
    }
  }
  return roots;
}
