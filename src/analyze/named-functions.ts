/** Finds the cached functions that options and pragmas name. */
import { ts } from "ts-morph";
import { suggest } from "../../runtime/contract/suggest.ts";
import {
  isFunctionValue,
  isStatic,
  isWithin,
  literalName,
  type MarkedFunction,
  unwrap,
} from "../syntax/nodes.ts";
import { isCachedFunction } from "./purity/callees.ts";
import type { Types } from "./types/types.ts";

/** What names mean at a function. */
export class NamedFunctions {
  readonly #fn: MarkedFunction;
  readonly #types: Types;
  /** The files with the re-exports that were followed. */
  readonly touched: Set<ts.SourceFile> = new Set<ts.SourceFile>();

  constructor(fn: MarkedFunction, types: Types) {
    this.#fn = fn;
    this.#types = types;
  }

  /** The function that `getUser`, `repo.find` or `this.find` means where the function is declared. */
  resolve([root, ...path]: readonly string[]): ts.Symbol | undefined {
    const { checker } = this.#types;
    const owner = this.#fn.parent;
    const [first, ...others] = path;
    if (root === "this") {
      const member = ts.isClassLike(owner)
        ? owner.members.find(
            (each) => literalName(each.name) === first && isStatic(each) === isStatic(this.#fn),
          )
        : undefined;
      const own = member?.name && checker.getSymbolAtLocation(member.name);
      const type = checker.getTypeAtLocation(owner);
      const symbol = own ?? (first === undefined ? undefined : checker.getPropertyOfType(type, first));
      return this.#follow(symbol, others);
    }
    return this.#follow(this.#named(root!), path);
  }

  #follow(symbol: ts.Symbol | undefined, path: readonly string[]): ts.Symbol | undefined {
    const { checker } = this.#types;
    let at = this.#behindAlias(symbol);
    for (const name of path) {
      const type: ts.Type | undefined = at && checker.getTypeOfSymbolAtLocation(at, this.#fn);
      at = this.#behindAlias(type && checker.getPropertyOfType(type, name));
    }
    return at;
  }

  /** What an import or a re-export stands for. */
  #behindAlias(symbol: ts.Symbol | undefined): ts.Symbol | undefined {
    let at = symbol;
    while (at && at.flags & ts.SymbolFlags.Alias) {
      for (const declaration of at.declarations ?? []) this.touched.add(declaration.getSourceFile());
      at = this.#types.checker.getImmediateAliasedSymbol(at);
    }
    return at;
  }

  /** A variable that the whole function sees: a parameter, or one of the scopes around it. */
  #named(name: string): ts.Symbol | undefined {
    const find = (location: ts.Node): ts.Symbol | undefined =>
      this.#types.checker.getSymbolsInScope(location, SCOPE).find((symbol) => symbol.name === name);
    const found = find(this.#fn);
    const isInner = found?.declarations?.some((declaration) => isWithin(declaration, this.#fn.body!));
    return isInner ? find(this.#fn.parent) : found;
  }

  nearest(name: string): string | undefined {
    const source = this.#fn.getSourceFile();
    const names = this.#types.checker
      .getSymbolsInScope(this.#fn, SCOPE)
      .filter(({ declarations }) => declarations?.[0]?.getSourceFile() === source)
      .map((symbol) => symbol.name);
    return suggest(name, names);
  }
}

const SCOPE: ts.SymbolFlags = ts.SymbolFlags.Value | ts.SymbolFlags.Alias;

/** Tells whether a declaration is a cached function: it is marked, or holds a call of `cached`. */
export function isCachedDeclaration(declaration: ts.Declaration): boolean {
  if (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration))
    return isCachedFunction(declaration);
  const holds = ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration);
  if (!holds && !ts.isPropertyAssignment(declaration)) return false;
  const value = declaration.initializer && unwrap(declaration.initializer);
  if (isFunctionValue(value)) return isCachedFunction(value);
  return value !== undefined && ts.isCallExpression(value) && /^(?:\w+\.)?cached\b/.test(value.getText());
}
