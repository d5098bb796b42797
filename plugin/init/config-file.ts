/** Edits a configuration in JavaScript, TypeScript or JSON. Text is only inserted, so comments and layout stay. */
import { parse, parseExpression, type ParserPlugin } from "@babel/parser";
import type {
  ArrayExpression,
  CallExpression,
  Expression,
  File,
  Function as FunctionNode,
  Node,
  ObjectExpression,
  ObjectMethod,
  ObjectProperty,
  Statement,
} from "@babel/types";
import MagicString from "magic-string";

/** A name to import: the default export under this name, or a named export. */
export interface ConfigImport {
  readonly name: string;
  readonly from: string;
  readonly named?: boolean;
}

/** The syntax cannot be edited safely. The user must edit the file. */
export class UnclearConfigError extends Error {}

/** A configuration while it is edited. Every method that edits throws {@link UnclearConfigError} if it cannot. */
export class ConfigFile {
  readonly #text: string;
  readonly #edits: MagicString;
  readonly #file: File | undefined;
  readonly #json: Expression | undefined;
  /** What a name stands for, if the file declares it once, as a constant or a function. */
  readonly #constants: ReadonlyMap<string, Node | undefined>;
  /** Lists that were edited already: several configurations may share one. */
  readonly #edited = new Set<Node>();

  constructor(path: string, text: string) {
    this.#text = text;
    this.#edits = new MagicString(text);
    try {
      if (/\.jsonc?$|rc$/.test(path)) this.#json = parseExpression(text);
      else this.#file = parse(text, { sourceType: "unambiguous", plugins: pluginsFor(path) });
    } catch {
      throw new UnclearConfigError();
    }
    this.#constants = this.#file ? constantsIn(this.#file) : new Map();
  }

  /** The edited text. */
  toString(): string {
    return this.#edits.toString();
  }

  /** The objects that the file exports as its configuration, from the forms in which tools take one. */
  exported(): readonly ObjectExpression[] {
    return this.#objectsOf(this.#json ?? this.#exportedNode());
  }

  /** The first arguments of calls of functions with these names: `build` is also `esbuild.build`. */
  argumentsOf(names: readonly string[]): readonly ObjectExpression[] {
    const calls: CallExpression[] = [];
    if (this.#file)
      visit(this.#file, (node) => {
        if (node.type === "CallExpression") calls.push(node);
      });
    return calls
      .filter((call) => names.includes(calleeOf(call)))
      .flatMap((call) => this.#objectsOf(call.arguments[0]));
  }

  /** Puts an item first in a list inside an object. Creates the list, and objects around it, where they are missing. */
  addToList(object: ObjectExpression, path: readonly string[], item: string, takesNested = false): void {
    const [name = "", ...rest] = path;
    const value = this.#valueIn(object, name);
    if (!value) {
      const list = rest.reduceRight((inner, key) => `{ ${this.#key(key)}: ${inner} }`, `[${item}]`);
      this.#insertProperty(object, name, list);
      return;
    }
    if (rest.length > 0) {
      for (const inner of this.#objectsOf(value)) this.addToList(inner, rest, item, takesNested);
      return;
    }
    const list = this.#listOf(value);
    if (list) this.#insertItem(list, item);
    else if (takesNested && value.type !== "Identifier") this.#wrap(value, `[${item}, `, "]");
    else throw new UnclearConfigError();
  }

  /** Sets a property. What was there is replaced. */
  set(object: ObjectExpression, name: string, value: string): void {
    const current = this.#valueIn(object, name);
    if (current) this.#edits.overwrite(current.start!, current.end!, this.#styled(value));
    else this.#insertProperty(object, name, value);
  }

  /** Returns the value of a property as written. */
  textOf(object: ObjectExpression, name: string): string | undefined {
    const value = this.#valueIn(object, name);
    return value && this.#source(value);
  }

  /** Returns the object that a property holds; `undefined` if there is no such property. */
  objectIn(object: ObjectExpression, name: string): ObjectExpression | undefined {
    const value = this.#valueIn(object, name);
    return value && this.#objectsOf(value)[0];
  }

  /** Replaces the values of properties by what `change` returns. Returns whether it returned any. */
  changeValues(
    object: ObjectExpression,
    change: (text: string, name: string) => string | undefined,
  ): boolean {
    let isChanged = false;
    for (const property of object.properties) {
      if (property.type !== "ObjectProperty") continue;
      const changed = change(this.#source(property.value), nameOf(property) ?? "");
      if (changed === undefined) continue;
      this.#edits.overwrite(property.value.start!, property.value.end!, this.#styled(changed));
      isChanged = true;
    }
    return isChanged;
  }

  /** Whether an object takes properties from another one. */
  hasSpread({ properties }: ObjectExpression): boolean {
    return properties.some(({ type }) => type === "SpreadElement");
  }

  /** Inserts a property before all others. */
  prepend(object: ObjectExpression, name: string, value: string): void {
    this.#insertFirst(object, object.properties, `${this.#key(name)}: ${value}`);
  }

  /** Puts the exported expression into a call. */
  wrapExport(callee: string): void {
    const node = this.#exportedNode();
    if (/Declaration$/.test(node.type)) throw new UnclearConfigError();
    this.#wrap(node, `${callee}(`, ")");
  }

  /** Adds an import after those that are there, or a call of `require` in CommonJS. */
  import({ name, from, named = false }: ConfigImport): void {
    const { body } = this.#file!.program;
    const isCommonJs =
      !body.some(({ type }) => /^(?:Import|Export)/.test(type)) && /\bmodule\.exports\b/.test(this.#text);
    const isImport = (node: Statement): boolean =>
      isCommonJs
        ? /^(?:const|var|let)\b.*\brequire\(/.test(this.#source(node))
        : node.type === "ImportDeclaration";
    const last = body.findLast(isImport);
    const end = this.#source(last ?? body.at(-1)!).endsWith(";") ? ";" : "";
    const binding = named ? `{ ${name} }` : isCommonJs ? `{ default: ${name} }` : name;
    const plain = isCommonJs ? `const ${binding} = require("${from}")` : `import ${binding} from "${from}"`;
    const statement = this.#styled(plain) + end;
    // After a comment behind the last import.
    const lineEnd = (position: number): number =>
      position + /^[^\r\n]*/.exec(this.#text.slice(position))![0].length;
    if (last) this.#edits.appendLeft(lineEnd(last.end!), `\n${statement}`);
    else this.#edits.appendLeft(this.#startOf(body[0]!), `${statement}\n\n`);
  }

  readonly #source = ({ start, end }: Node): string => this.#text.slice(start!, end!);

  /** The start of a statement, with the comment that belongs to it: a JSDoc type. */
  #startOf(statement: Statement): number {
    const comment = statement.leadingComments?.at(-1);
    const isAttached =
      comment?.value.startsWith("*") && /^\s*$/.test(this.#text.slice(comment.end, statement.start!));
    return isAttached ? comment!.start! : statement.start!;
  }

  #exportedNode(): Node {
    for (const node of this.#file?.program.body ?? []) {
      if (node.type === "ExportDefaultDeclaration") return node.declaration;
      if (node.type === "TSExportAssignment") return node.expression;
      if (node.type !== "ExpressionStatement" || node.expression.type !== "AssignmentExpression") continue;
      const { left, right } = node.expression;
      if (/^(?:module\.exports|exports\.default)$/.test(this.#source(left))) return right;
    }
    throw new UnclearConfigError();
  }

  /** Returns the objects that an expression may give. */
  #objectsOf(given: Node | undefined): readonly ObjectExpression[] {
    const node = given && unwrapped(given);
    switch (node?.type) {
      case "ObjectExpression":
        return [node];
      case "ArrayExpression":
        return node.elements.flatMap((element) => this.#objectsOf(element ?? undefined));
      case "Identifier":
        return this.#objectsOf(this.#constants.get(node.name));
      case "ConditionalExpression":
        return [...this.#objectsOf(node.consequent), ...this.#objectsOf(node.alternate)];
      case "CallExpression":
        return this.#objectsOf(configArgument(node));
      case "ArrowFunctionExpression":
      case "FunctionExpression":
      case "FunctionDeclaration":
      case "ObjectMethod": {
        const results = node.body.type === "BlockStatement" ? returnedBy(node) : [node.body];
        if (results.length === 0) throw new UnclearConfigError();
        return [...new Set(results.flatMap((result) => this.#objectsOf(result)))];
      }
      default:
        throw new UnclearConfigError();
    }
  }

  /** Returns the value of a property, of the last one if there are several. Those of spread objects count. */
  #valueIn(object: ObjectExpression, name: string): Node | undefined {
    for (const property of object.properties.toReversed()) {
      if (property.type === "SpreadElement") {
        for (const spread of this.#objectsOf(property.argument)) {
          const found = this.#valueIn(spread, name);
          if (found) return found;
        }
      } else if (nameOf(property) === name)
        return property.type === "ObjectMethod" ? property : property.value;
    }
    return undefined;
  }

  #listOf(given: Node): ArrayExpression | undefined {
    const node = unwrapped(given);
    if (node.type === "ArrayExpression") return node;
    if (node.type === "Identifier") {
      const constant = this.#constants.get(node.name);
      return constant && this.#listOf(constant);
    }
    // `[…].filter(Boolean)`
    const isMethod = node.type === "CallExpression" && node.callee.type === "MemberExpression";
    return isMethod && /^(?:filter|flat|concat)$/.test(calleeOf(node))
      ? this.#listOf((node.callee as { object: Node }).object)
      : undefined;
  }

  #insertItem(list: ArrayExpression, item: string): void {
    if (this.#edited.has(list)) return;
    this.#edited.add(list);
    this.#insertFirst(list, list.elements, item);
  }

  #insertProperty(object: ObjectExpression, name: string, value: string): void {
    const text = `${this.#key(name)}: ${value}`;
    const last = object.properties.at(-1);
    if (!this.#json || !last) this.#insertFirst(object, object.properties, text);
    else {
      const line = this.#lineBefore(last.start!);
      this.#edits.appendLeft(last.end!, `,${/\S/.test(line) ? " " : `\n${line}`}${text}`);
    }
  }

  /** Inserts text after the opening bracket, on a line of its own if the first member has one. */
  #insertFirst(node: Node, members: readonly (Node | null)[], given: string): void {
    const text = this.#styled(given);
    const open = node.start! + 1;
    const [first] = members;
    const inside = this.#text.slice(open, first?.start ?? node.end! - 1);
    if (!inside.includes("\n")) {
      const isObject = node.type === "ObjectExpression";
      const [before, after] = [isObject && !first ? " " : "", first ? ", " : isObject ? " " : ""];
      this.#edits.appendLeft(open, isObject && first ? ` ${text},` : `${before}${text}${after}`);
      return;
    }
    // After a comment that ends the line of the bracket.
    const [comment] = /^[^\S\n]*(?:\/\/[^\n]*)?(?=\r?\n)/.exec(inside) ?? [""];
    const indent = first ? this.#indentAt(first.start!) : `${this.#indentAt(node.start!)}  `;
    this.#edits.appendLeft(open + comment.length, `\n${indent}${text}${this.#json && !first ? "" : ","}`);
  }

  #wrap({ start, end }: Node, before: string, after: string): void {
    this.#edits.appendLeft(start!, this.#styled(before));
    this.#edits.appendRight(end!, after);
  }

  #key(name: string): string {
    return this.#json || !/^\w+$/.test(name) ? JSON.stringify(name) : name;
  }

  #lineBefore(position: number): string {
    return this.#text.slice(this.#text.lastIndexOf("\n", position - 1) + 1, position);
  }

  #indentAt(position: number): string {
    return /^\s*/.exec(this.#lineBefore(position))![0];
  }

  /** Writes JSON as the file would write it: with its quotes, and without quotes around names. */
  #styled(json: string): string {
    if (this.#json) return json;
    const text = json.replace(/"(\w+)":/g, "$1:");
    const [first] = /["']/.exec(this.#text.replace(/\/\/.*|\/\*[^]*?\*\//g, "")) ?? [];
    return first === "'" && !text.includes("'") ? text.replaceAll('"', "'") : text;
  }
}

const pluginsFor = (path: string): ParserPlugin[] => {
  if (/\.[cm]?ts$/.test(path)) return ["typescript", "decorators"];
  return path.endsWith("x") ? ["typescript", "jsx", "decorators"] : ["jsx"];
};

const nameOf = ({ key, computed }: ObjectProperty | ObjectMethod): string | undefined =>
  key.type === "StringLiteral" ? key.value : key.type === "Identifier" && !computed ? key.name : undefined;

/** The name of the called function or method. */
function calleeOf({ callee }: CallExpression): string {
  const node = callee.type === "MemberExpression" ? callee.property : callee;
  return node.type === "Identifier" ? node.name : "";
}

/** The argument that a function such as `defineConfig` returns; the last of those that `mergeConfig` merges. */
function configArgument(call: CallExpression): Node | undefined {
  const name = calleeOf(call);
  if (/^define\w*Config$/.test(name)) return call.arguments[0];
  return /^merge\w*$/.test(name) ? call.arguments.at(-1) : undefined;
}

/** Leaves out parentheses, types and `await`. */
function unwrapped(node: Node): Node {
  switch (node.type) {
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "ParenthesizedExpression":
      return unwrapped(node.expression);
    case "AwaitExpression":
      return unwrapped(node.argument);
    default:
      return node;
  }
}

/** The values that a function returns, without those of functions inside. */
function returnedBy(fn: FunctionNode): Node[] {
  const found: Node[] = [];
  visit(fn.body, (node) => {
    if (node.type === "ReturnStatement" && node.argument) found.push(node.argument);
    return !/Function|Method/.test(node.type);
  });
  return found;
}

function constantsIn(file: File): ReadonlyMap<string, Node | undefined> {
  const found = new Map<string, Node | undefined>();
  const add = (name: string, node: Node | undefined): void => {
    found.set(name, found.has(name) ? undefined : node);
  };
  visit(file, (node) => {
    if (node.type === "FunctionDeclaration" && node.id) add(node.id.name, node);
    if (node.type === "VariableDeclaration")
      for (const { id, init } of node.declarations)
        if (id.type === "Identifier") add(id.name, node.kind === "const" && init ? init : undefined);
  });
  return found;
}

/** Visits a node and those inside it, as long as `see` does not return false. */
function visit(node: Node, see: (node: Node) => unknown): void {
  if (see(node) === false) return;
  for (const [key, value] of Object.entries(node)) {
    if (/Comments$|^(?:loc|extra)$/.test(key)) continue;
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof (child as Node | null)?.type === "string") visit(child as Node, see);
  }
}
