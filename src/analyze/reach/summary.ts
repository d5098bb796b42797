/** Summarizes one function: what it reads that is in no key, what it calls, what it depends on. */
import { ts } from "ts-morph";
import type { Project } from "../../project/program/project.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import { assignedTarget } from "../../syntax/assignments.ts";
import { constructorOf, ownerOfThis } from "../../syntax/members.ts";
import {
  eachValueChild,
  isFunctionValue,
  isReference,
  isStatic,
  isTypeOnly,
  isWithin,
  isWrapper,
  literalName,
  unwrap,
} from "../../syntax/nodes.ts";
import { type Binding, isDeclaredIn, isInitializedIn, isModuleLevel } from "../../syntax/scope.ts";
import { ambientRead, ambientReadText } from "../purity/ambient.ts";
import { isCachedFunction, isRunnable, type Runnable } from "../purity/callees.ts";
import { pageReads } from "../purity/page.ts";
import { isOnlyWritten } from "../purity/reads.ts";
import type { Types } from "../types/types.ts";
import {
  type ChangedStatics,
  changedStaticsIn,
  type Changes,
  changesIn,
  changesOfVariable,
  seesChange,
} from "./changes.ts";
import { environmentReads } from "./environment.ts";
import type { Meaning } from "./names.ts";
import { type Module, Modules } from "./modules.ts";
import { ChangedMembers, injectsRequest } from "./singletons.ts";
import { type PackageUse, useOfGlobal, useOfPackage } from "./packages.ts";
import { isLogged, isOnlyLogged } from "./unkept.ts";
import { type Value, Values } from "./values.ts";

/** A read of a value that is not in the key. */
export interface UnkeyedRead {
  readonly at: ts.Node;
  /** The expression for messages: `Date.now()`. Of a variable, its name. */
  readonly text: string;
  /** The variable of a module; undefined for an ambient read. */
  readonly variable?: Binding;
  /** The class whose member is read, which it assigns to outside of its constructor. */
  readonly holder?: { readonly node: ts.ClassLikeDeclaration; readonly module: Module };
  /** The variable is not reassigned, but what it holds is changed. */
  readonly isChanged?: boolean;
  /** It is read for an error that is thrown. */
  readonly isThrown?: boolean;
}

/** A function that is called, or passed on as a value. */
export interface Call {
  /** The expression that is called: `stamp`, `Clock.now`. */
  readonly name: string;
  /** Where it is called, or passed on. */
  readonly at: ts.Node;
  readonly fn: Runnable;
  readonly module: Module;
  readonly isCached: boolean;
  /**
   * What it is called on: an instance that a variable of a module holds for good, the receiver of the caller or what that
   * holds, or anything else.
   */
  readonly on: "module" | "receiver" | "other";
  /** It makes an error that is thrown. */
  readonly isThrown: boolean;
  /** It is passed on, or made in a function inside this one: what calls that may catch its errors. */
  readonly mayBeCaught: boolean;
}

/** A variable of a module whose value is no function. */
export interface Constant {
  readonly binding: Binding;
  readonly module: Module;
}

export interface Summary {
  readonly reads: readonly UnkeyedRead[];
  readonly calls: readonly Call[];
  /** It catches errors, so that the result may contain what they hold. */
  readonly catches: boolean;
  readonly constants: readonly Constant[];
  readonly environment: readonly string[];
  /** The uses of packages and of globals that do more than compute. */
  readonly uses: readonly PackageUse[];
  /** The modules that this was learned from. */
  readonly touched: ReadonlySet<Module>;
  /** The values whose types were asked for. */
  readonly asked: readonly ts.Node[];
}

/** Summarizes functions, each once until a module that it was learned from changes. */
export class Summaries {
  readonly modules: Modules;
  readonly #kept = new WeakMap<ts.Node, Summary>();
  readonly #changes = new WeakMap<Module, Changes>();
  readonly #statics = new WeakMap<Module, ChangedStatics>();
  readonly #members = new ChangedMembers();
  /** Those that types were asked for, in one round. */
  readonly #typed = new WeakMap<ProjectFile, Map<ts.Node, Summary>>();

  constructor(project: Project) {
    this.modules = new Modules(project);
  }

  /** Returns the summary of a function that is executed with these nodes. Asks for types of nodes in the file only. */
  of(fn: ts.Node, region: readonly ts.Node[], module: Module, asked: AskedFile): Summary {
    const types = module.source === asked.file.source ? asked.types : undefined;
    let kept: Pick<WeakMap<ts.Node, Summary>, "get" | "set"> | undefined = this.#kept;
    if (types) {
      kept = this.#typed.get(asked.file);
      if (!kept) this.#typed.set(asked.file, (kept = new Map<ts.Node, Summary>()));
    }
    const known = kept.get(fn);
    if (known && [...known.touched].every((each) => this.modules.isCurrent(each))) return known;
    const values = new Values(this.modules);
    values.touched.add(module);
    const collector = new Collector({
      fn,
      module,
      values,
      types,
      changesOf: (of) => this.#changesOf(of),
      staticsOf: (of) => this.#staticsOf(of),
      members: this.#members,
    });
    const summary = { ...collector.collect(region), touched: values.touched };
    kept.set(fn, summary);
    return summary;
  }

  #staticsOf(module: Module): ChangedStatics {
    let statics = this.#statics.get(module);
    if (!statics) this.#statics.set(module, (statics = changedStaticsIn(module)));
    return statics;
  }

  #changesOf(module: Module): Changes {
    let changes = this.#changes.get(module);
    if (!changes) this.#changes.set(module, (changes = changesIn(module)));
    return changes;
  }
}

/** The file of a round, and its types. */
export interface AskedFile {
  readonly file: ProjectFile;
  readonly types: Types;
}

const PROJECTS = new WeakMap<Project, Summaries>();

/** Returns the summaries of a file's project, and the module of the file. */
export function summariesOf(file: ProjectFile): { readonly start: Module; readonly summaries: Summaries } {
  let summaries = PROJECTS.get(file.project);
  if (!summaries) PROJECTS.set(file.project, (summaries = new Summaries(file.project)));
  return { start: summaries.modules.startRound(file), summaries };
}

interface CollectorOptions {
  readonly fn: ts.Node;
  readonly module: Module;
  readonly values: Values;
  readonly types: Types | undefined;
  readonly changesOf: (module: Module) => Changes;
  readonly staticsOf: (module: Module) => ChangedStatics;
  readonly members: ChangedMembers;
}

class Collector {
  readonly #options: CollectorOptions;
  readonly #reads: UnkeyedRead[] = [];
  readonly #calls: Call[] = [];
  readonly #constants: Constant[] = [];
  readonly #uses: PackageUse[] = [];
  readonly #asked: ts.Node[] = [];
  readonly #environment: string[] = [];
  readonly #seen = new Set<Binding>();
  readonly #seenThrown = new Set<Binding>();
  #catches = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  collect(region: readonly ts.Node[]): Omit<Summary, "touched"> {
    const { scopes } = this.#options.module;
    // A stack instead of recursion: generated code has sums of thousands of terms.
    const stack = [...region].reverse();
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (isTypeOnly(node) || isLogged(node)) continue;
      if (isCatch(node)) this.#catches = true;
      this.#visit(node);
      const children: ts.Node[] = [];
      eachValueChild(node, (child) => children.push(child));
      stack.push(...children.reverse());
    }
    for (const read of pageReads(region, scopes, this.#options.types, this.#asked)) this.#addAmbient(read);
    return {
      reads: this.#reads,
      calls: this.#calls,
      catches: this.#catches,
      constants: this.#constants,
      environment: this.#environment,
      uses: this.#uses,
      asked: this.#asked,
    };
  }

  #visit(node: ts.Node): void {
    if (ts.isIdentifier(node)) {
      if (!isReference(node)) return;
      this.#readName(node);
      // A parameter is of interest only for its members.
      if (this.#options.module.scopes.resolve(node)?.kind === "parameter") return;
    }
    if (ts.isPropertyAccessExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ThisKeyword) this.#readMember(node);
      this.#readPart(node);
    }
    const isCallee =
      ts.isIdentifier(node) ||
      ts.isPropertyAccessExpression(node) ||
      ts.isElementAccessExpression(node) ||
      ts.isNewExpression(node);
    if (!isCallee && node.kind !== ts.SyntaxKind.SuperKeyword) return;
    const { values, module } = this.#options;
    const value = values.of(ts.isNewExpression(node) ? node.expression : node, module);
    if (value?.kind === "package" || value?.kind === "global") {
      this.#useOutside(node, value);
      this.#environment.push(...environmentReads(node, value));
    } else if (value?.kind === "code" || value?.kind === "instance") {
      this.#call(node, value);
      const constructed = ts.isNewExpression(node) && values.constructedBy(value);
      if (constructed && constructed.kind === "global") this.#useOutside(node, constructed);
    }
  }

  #call(node: ts.Node, { kind, node: fn, module }: Value & { readonly kind: "code" | "instance" }): void {
    const isConstruction = ts.isNewExpression(node) || isSuperCall(node);
    if (!isRunnable(fn) || (kind === "instance" && !isConstruction)) return;
    // A function in this one is summarized with it.
    if (module === this.#options.module && isWithin(fn, this.#options.fn)) return;
    if (ts.isClassLike(fn) !== isConstruction) return;
    const at = callOrValue(node);
    // An expression whose value is called is summarized as if it called it.
    const isPassedOn = at === node && !isConstruction && node !== this.#options.fn;
    this.#calls.push({
      name: calleeName(node),
      at,
      fn,
      module,
      isCached: isCachedFunction(fn),
      on: this.#receiverOf(node),
      isThrown: this.#isThrown(node),
      mayBeCaught: isPassedOn || isNested(node, this.#options.fn),
    });
  }

  #receiverOf(callee: ts.Node): Call["on"] {
    if (!ts.isPropertyAccessExpression(callee)) return "other";
    let owner = unwrap(callee.expression);
    while (ts.isPropertyAccessExpression(owner)) owner = unwrap(owner.expression);
    if (owner.kind === ts.SyntaxKind.ThisKeyword || owner.kind === ts.SyntaxKind.SuperKeyword)
      return "receiver";
    const { module, values } = this.#options;
    const meaning = ts.isIdentifier(owner) ? values.meaningOf(owner, module) : undefined;
    const isHeld =
      meaning?.kind === "variable" &&
      isModuleLevel(meaning.binding) &&
      !meaning.module.scopes.assignment(meaning.binding);
    return isHeld && values.of(callee.expression, module)?.kind === "instance" ? "module" : "other";
  }

  #useOutside(node: ts.Node, value: Value & { readonly kind: "package" | "global" }): void {
    const { parent } = node;
    // `DateTime.now` is looked up as a whole.
    const isNew = ts.isNewExpression(node);
    if (!isNew && ts.isPropertyAccessExpression(parent) && parent.expression === node) return;
    const call = isNew ? node : callOrValue(node);
    // A property of an object is no use of the package that declares its type.
    if (call === node && !isNew) return;
    const use = value.kind === "package" ? useOfPackage(value, call) : useOfGlobal(value, call);
    if (!use) return;
    this.#uses.push(use);
    if (use.isAmbient) this.#addAmbient(call);
  }

  #addAmbient(at: ts.Node): void {
    if (this.#reads.some((read) => read.at === at) || isOnlyLogged(at, this.#options.module.scopes)) return;
    this.#reads.push({ at, text: ambientReadText(at), isThrown: this.#isThrown(at) });
  }

  /** Tells whether a value is computed for an error that the function throws itself. */
  #isThrown(node: ts.Node): boolean {
    const { fn } = this.#options;
    return ts.findAncestor(node, (at) => at === fn || ts.isThrowStatement(at)) !== fn && !isNested(node, fn);
  }

  /** Reads of members that hold the request, or that change. */
  #readMember(access: ts.PropertyAccessExpression): void {
    const { module, values, members } = this.#options;
    const holder = ownerOfThis(access.expression);
    if (!holder || !ts.isClassLike(holder.owner)) return;
    const { owner: node } = holder;
    const own = holder.isStatic && node.name ? module.scopes.resolve(node.name) : undefined;
    if (own) this.#readStatic(access, own, module);
    if (holder.isStatic) return;
    const name = access.name.text;
    const injected = [...node.members, ...(constructorOf(node)?.parameters ?? [])].find(
      (each) => literalName(each.name) === name && injectsRequest(each),
    );
    if (injected) this.#addAmbient(access);
    else if (assignedTarget(access.parent) !== access && members.has(node, name, module, values))
      this.#reads.push({ at: access, text: `this.${name}`, holder: { node, module } });
  }

  #readName(name: ts.Identifier): void {
    const { fn, module, values, types } = this.#options;
    const binding = module.scopes.resolve(name);
    if (binding && isDeclaredIn(binding, fn)) return;
    const ambient = ambientRead(name, binding, types);
    if (ambient) this.#addAmbient(ambient);
    const meaning = binding && values.meaningOf(name, module);
    if (meaning?.kind === "variable" && !isOnlyWritten(name)) this.#readVariable(name, meaning);
  }

  /** Reads of `settings.locale`, where `settings` is an imported module, a namespace, or a class with static members. */
  #readPart(access: ts.PropertyAccessExpression): void {
    const { module, values } = this.#options;
    const { expression, name } = access;
    if (!ts.isIdentifier(expression)) return;
    const owner = values.meaningOf(expression, module);
    if (owner?.kind === "namespace") {
      const meaning = values.exportOf(owner.module, name.text);
      if (meaning?.kind === "variable") this.#readVariable(access, meaning);
    } else if (owner?.kind === "variable" && owner.binding.kind === "namespace") {
      const binding = variableOf(owner.binding, name.text, owner.module);
      if (binding) this.#readVariable(access, { ...owner, binding });
    } else if (owner?.kind === "variable") this.#readStatic(access, owner.binding, owner.module);
  }

  #readStatic(access: ts.PropertyAccessExpression, variable: Binding, owner: Module): void {
    const isChanged = this.#options.staticsOf(owner).get(variable)?.has(access.name.text);
    if (isChanged && assignedTarget(access.parent) !== access)
      this.#reads.push({
        at: access,
        text: access.getText(),
        variable,
        isChanged: true,
        isThrown: this.#isThrown(access),
      });
  }

  #readVariable(
    name: ts.Identifier | ts.PropertyAccessExpression,
    { binding: variable, module: owner }: Meaning & { readonly kind: "variable" },
  ): void {
    const isThrown = this.#isThrown(name);
    const seen = isThrown ? this.#seenThrown : this.#seen;
    if (!isModuleLevel(variable) || seen.has(variable)) return;
    if (variable.kind === "enum") this.#addConstant(variable, owner);
    if (variable.kind !== "variable") return;
    const { fn: self, changesOf } = this.#options;
    const isReassigned = owner.scopes.assignment(variable) !== undefined;
    // `getPool()` creates its value on the first call and returns the same one from then on.
    const isChanged = isReassigned
      ? !isInitializedIn(variable, self, owner.scopes)
      : seesChange(name, changesOfVariable(variable, changesOf(owner), owner.scopes));
    if (isChanged) {
      seen.add(variable);
      this.#reads.push({ at: name, text: name.getText(), variable, isChanged: !isReassigned, isThrown });
    }
    if (!isFunctionValue(initializerOf(variable))) this.#addConstant(variable, owner);
  }

  #addConstant(binding: Binding, module: Module): void {
    if (!this.#constants.some((constant) => constant.binding === binding))
      this.#constants.push({ binding, module });
  }
}

/** Returns a variable that a namespace exports. */
function variableOf({ declaration }: Binding, name: string, { scopes }: Module): Binding | undefined {
  const { body } = declaration as ts.ModuleDeclaration;
  const statements = body && ts.isModuleBlock(body) ? body.statements.filter(ts.isVariableStatement) : [];
  const names = statements.flatMap(({ declarationList }) =>
    declarationList.declarations.map((each) => each.name),
  );
  const found = names.filter(ts.isIdentifier).find(({ text }) => text === name);
  return found && scopes.resolve(found);
}

function initializerOf({ declaration }: Binding): ts.Expression | undefined {
  const { initializer } = declaration as { readonly initializer?: ts.Expression };
  return initializer && unwrap(initializer);
}

/** Returns the nodes that are executed by a call; for a class, its constructor and its field initializers. */
export function nodesRunBy(fn: Runnable): readonly ts.Node[] {
  if (!ts.isClassLike(fn)) return [...fn.parameters, ...(fn.body ? [fn.body] : [])];
  const own = constructorOf(fn);
  const fields = fn.members.flatMap((member): readonly ts.Node[] => {
    const value = ts.isPropertyDeclaration(member) && !isStatic(member) ? member.initializer : undefined;
    return value && !isFunctionValue(unwrap(value)) ? [value] : [];
  });
  // The constructor of the base class runs too, where the class has none of its own.
  const base = own
    ? []
    : (fn.heritageClauses ?? []).filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  return [...fields, ...(own ? [...own.parameters, own.body!] : []), ...base];
}

/** Tells whether a node is in a function inside another one. Constructors are run by their class. */
const isNested = (node: ts.Node, fn: ts.Node): boolean =>
  ts.findAncestor(node, (at) => at === fn || (ts.isFunctionLike(at) && !ts.isConstructorDeclaration(at))) !==
  fn;

/** Tells whether a node catches errors: a `catch`, `.catch()`, `.then()` with two functions, `allSettled()`. */
function isCatch(node: ts.Node): boolean {
  if (ts.isCatchClause(node)) return true;
  if (!ts.isPropertyAccessExpression(node)) return false;
  const { parent, name } = node;
  if (name.text === "then") return ts.isCallExpression(parent) && parent.arguments.length > 1;
  return name.text === "catch" || name.text === "allSettled";
}

const isSuperCall = (node: ts.Node): boolean =>
  (node.kind === ts.SyntaxKind.SuperKeyword && ts.isCallExpression(node.parent)) ||
  ts.isExpressionWithTypeArguments(node.parent);

/** Tells whether a node is the value of a comma expression: `(0, stamp)()`. */
const isLastOfComma = (node: ts.Node): boolean =>
  ts.isBinaryExpression(node.parent) &&
  node.parent.operatorToken.kind === ts.SyntaxKind.CommaToken &&
  node.parent.right === node;

function calleeName(node: ts.Node): string {
  return (ts.isNewExpression(node) ? node.expression : node).getText().replace(/\s*[\r\n]\s*/g, "");
}

/** Returns the node to report: the call `stamp()`, or the node itself where it is passed on as a value. */
function callOrValue(node: ts.Node): ts.Node {
  let at = node;
  while (isWrapper(at.parent) || isLastOfComma(at)) at = at.parent;
  const { parent } = at;
  const called = ts.isCallExpression(parent) || ts.isTaggedTemplateExpression(parent);
  return called && (ts.isCallExpression(parent) ? parent.expression : parent.tag) === at ? parent : node;
}
