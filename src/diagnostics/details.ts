/** What each diagnostic tells besides its name. */
import type { MarkForm } from "../site.ts";
import type { SyntaxFault } from "./pragma-syntax.ts";

/** The details that each diagnostic needs. */
export interface Details {
  /** `found`: what is there instead of a function, with its article, "a `let`". */
  "pragma-unattached": {
    readonly found?: string | undefined;
    readonly help?: string | undefined;
    /** `@cached` if left out. */
    readonly pragma?: string;
  };
  /** `meant`: `@cached` if left out. */
  "pragma-misspelt": { readonly word: string; readonly meant?: string };
  "pragma-syntax": SyntaxFault;
  "option-unknown": { readonly name: string; readonly nearest?: string | undefined };
  "option-duplicate": { readonly name: string };
  "option-value": { readonly problem: string; readonly help: string };
  "option-conflict": { readonly problem: string; readonly help: string };
  /** `option`: `key` if left out. */
  "key-path-unknown": UnknownPath & { readonly option?: "identity" };
  "tag-path-unknown": UnknownPath;
  /** `path`: `user.id`; `why`: a clause after "which", `key` leaves out of the key. */
  "tag-unkeyed": { readonly path: string; readonly why: string; readonly help: string };
  /** `advice`: for a property of a parameter. */
  "ignore-unknown": UnknownPath & { readonly advice?: KeyAdvice | undefined };
  "this-path-unknown": UnknownPath;
  /** `path`: `opts.filter.test`; `type`: its type's text; `why`: a clause, "an instance of a class". */
  "parameter-unkeyable": {
    readonly path: string;
    readonly type: string;
    readonly why?: string | undefined;
    /** The option that names the path. Undefined for a parameter. */
    readonly by?: "key" | "this" | undefined;
    /** The type is a class of the project, to which a method can be added. */
    readonly own?: boolean | undefined;
    /** What the option `classes` takes for its class, if that is of a package: `decimal.js#Decimal`. */
    readonly entry?: string | undefined;
    /** Further paths that have no key. */
    readonly others?: readonly string[] | undefined;
    readonly advice?: KeyAdvice | undefined;
    /** The value of `identity` that tells these objects apart by `===`. */
    readonly identity?: string | undefined;
    /** What `this` can be instead. */
    readonly receiver?: ReceiverAdvice | undefined;
    /** The value of `this` that the function needs, too. */
    readonly beside?: string | undefined;
  };
  "parameter-unresolved": { readonly path: string; readonly type?: string | undefined };
  /** `path`: the part of the variable, `config.onError`. */
  "capture-unkeyable": {
    readonly name: string;
    readonly path?: string | undefined;
    readonly type?: string | undefined;
    /** It is a parameter of the enclosing function. */
    readonly isParameter?: boolean;
    /** What the function reads of it, if that has a key: `config.tenant`. */
    readonly reads?: readonly string[] | undefined;
    /** It has a key, but the function is not written in the call that caches it. */
    readonly isReference?: boolean;
  };
  "capture-reassigned": { readonly name: string };
  "receiver-unkeyed": ReceiverAdvice & { readonly reads: "this" | "super" };
  "uses-arguments": Nothing;
  "uses-new-target": Nothing;
  /** `call`: its text, `load(id, retries - 1)`. */
  "recursion-same-key": {
    readonly call: string;
    /** The function that makes the call, if it is another one. */
    readonly within?: string;
  };
  /** `callee`: as it is written, `getUser`; `""` if there is none. `isFunction`: it is a function that is not cached. */
  "invalidates-unknown": {
    readonly callee: string;
    readonly isFunction?: boolean;
    readonly nearest?: string | undefined;
  };
  /**
   * `form`: neither a literal nor a path. `name`: no parameter, nor a property of one. `count`: too few or too many.
   * `type`: it is not assignable to the parameter's type. `tag`: a tag cannot insert it.
   */
  "invalidates-arguments":
    | { readonly fault: "form"; readonly text: string }
    | {
        readonly fault: "name";
        readonly text: string;
        readonly known: readonly string[];
        readonly nearest?: string | undefined;
      }
    | {
        readonly fault: "count";
        readonly callee: string;
        readonly given: number;
        readonly least: number;
        readonly most: number;
      }
    | {
        readonly fault: "type";
        readonly text: string;
        readonly type: string;
        readonly parameter: string;
        readonly expected: string;
      }
    | { readonly fault: "tag"; readonly text: string; readonly type: string }
    | { readonly fault: "result" };
  /**
   * `unknown`: no parameter. `destructured`, `rest`: of a form that cannot be replaced. `unread`: the body does not read
   * it. `type`: neither a list nor a `Set` of primitive values.
   */
  "multi-parameter": { readonly name: string } & (
    | { readonly fault: "unknown"; readonly nearest: string | undefined; readonly known: readonly string[] }
    | { readonly fault: "destructured" | "rest" | "unread" }
    | { readonly fault: "type"; readonly type: string }
  );
  "multi-result": { readonly name: string | undefined; readonly type: string };
  /** `isFunction`: it is a function, and no batch function. */
  "one-unknown": {
    readonly callee: string;
    readonly isFunction: boolean;
    readonly nearest: string | undefined;
  };
  /** `problem`: a sentence. */
  "one-parameter": { readonly problem: string; readonly help: string };
  "function-generator": { readonly name?: string | undefined };
  "function-void": { readonly name?: string | undefined; readonly type?: string | undefined };
  "function-accessor": { readonly name?: string | undefined };
  "function-constructor": Nothing;
  /** `path`: the part of the result, empty for all of it; `by`: "`serializer=json`", "`backend=main`". */
  /** `shareable`: memory can give it to every caller; `entry`: as in `parameter-unkeyable`. */
  "result-unstorable": {
    readonly path?: string | undefined;
    readonly type: string;
    readonly by: string;
    readonly entry?: string | undefined;
    readonly shareable: boolean;
  };
  /** `path`: the part of the result, empty for all of it. */
  "result-once": { readonly path?: string | undefined; readonly type: string };
  "result-thenable": { readonly type: string };
  "result-mixed": { readonly type: string; readonly by: string };
  /** `other`: the position of the other function, `src/users.ts:12`. */
  /** `name`: the function; `place`: the code, where it is known. */
  "too-deep": { readonly name?: string | undefined; readonly place?: string | undefined };
  "id-duplicate": { readonly id: string; readonly other: string };
  "name-missing": Nothing;
  /** `options`: those of the decorator as a pragma takes them. Undefined if it cannot take them. */
  "decorator-legacy": { readonly options: string | undefined };
  "script-global": Nothing;
  /** `without`: the members without a key of a union in which others have one. */
  "parameter-unproved": {
    readonly path: string;
    readonly type: string;
    readonly without?: readonly string[] | undefined;
    /** Further paths that prove nothing. */
    readonly others?: readonly string[] | undefined;
    readonly advice?: KeyAdvice | undefined;
  };
  "result-unproved": { readonly path?: string | undefined; readonly type: string };
  /**
   * `by`: the option, "ignore=req"; `reads`: phrases, "`req.url`"; `file`: the name of another file that the lines are
   * in; `offer`: an option, "key=req.url", which replaces `ignore` if `instead`.
   */
  "ignored-read": {
    readonly by: string;
    readonly reads: readonly string[];
    /** `line 4`, `lines 4 and 6 of base.ts`. */
    readonly places: readonly string[];
    readonly offer?: string | undefined;
    readonly instead: boolean;
  };
  /** `isDefault`: the option is a default of the project. */
  "ttl-milliseconds": { readonly option: string; readonly seconds: number; readonly isDefault: boolean };
  /**
   * `through`: the way through other functions, `getUser → loadUser (src/db.ts:12) → user`; `isChanged`: not the variable
   * is reassigned, but what it holds is changed.
   */
  "module-state": {
    readonly name: string;
    readonly through?: string | undefined;
    readonly isChanged?: boolean | undefined;
  };
  /** `member`: as it is read, `this.tenant`. */
  "receiver-state": { readonly member: string; readonly through?: string | undefined };
  /** `read`: the expression that is read, `Date.now()`. */
  "ambient-read": { readonly read: string; readonly through?: string | undefined };
  /** `change`: what is changed, `row.rank`, or the method that changes it, `rows.sort`. */
  "parameter-mutated": {
    readonly change: string;
    readonly parameter: string;
    readonly through?: Through | undefined;
  };
  /** `change`: what a caller changes, `rows.sort`; `place`: `line 12`, `src/page.ts:12`; `copyable`: see `result-aliases`. */
  "result-shared": { readonly change: string; readonly place: string; readonly copyable: boolean };
  /**
   * `shared`: the expressions that put objects of the parameters into the result; `type`: of one of these objects;
   * `copyable`: the result's type proves that it can be copied.
   */
  "result-aliases": {
    readonly shared: readonly string[];
    readonly parameters: readonly string[];
    readonly type: string;
    readonly copyable: boolean;
  };
  /** `name`: of the function; undefined if it has none. `identity`: a value of the option with which it pays. */
  cheap: {
    readonly name: string | undefined;
    readonly form: MarkForm;
    readonly identity?: string | undefined;
  };
  /** `as`: the other name. `isGlobal`: it is a global variable. */
  "reexport-renamed": { readonly as: string; readonly isGlobal?: boolean };
  "cached-unresolved": Nothing;
}

/** What to write for a parameter without a key, as its function uses it. */
export interface KeyAdvice {
  /** The value of `key` that names all that the function reads: `id,opts.limit`. */
  readonly key?: string | undefined;
  /** The value of `ignore` that leaves the parameter out, which changes no result. */
  readonly ignore?: string | undefined;
  /** The function calls it without using what it returns. */
  readonly called?: boolean | undefined;
  /** The offer replaces the option `ignore`. */
  readonly instead?: boolean | undefined;
  /** Expressions that the caller can compute instead: `req.headers.get("id")`. */
  readonly reads?: readonly string[] | undefined;
}

/** What to write for a receiver whose part in the key is not known. */
export interface ReceiverAdvice {
  /** The value of `this` that names all that the function reads. */
  readonly paths?: string | undefined;
  /** `this=instance` contradicts no other option. */
  readonly instance: boolean;
  /** The option that the parameters need, too: `key=id,opts.limit`, or `identity=drawing`. */
  readonly beside?: string | undefined;
}

/** The functions through which a change is made. The cached function calls the first one. */
export interface Through {
  readonly names: readonly string[];
  /** Where the change is: `line 12`, `src/rows.ts:12`. */
  readonly place: string;
}

export interface UnknownPath {
  readonly path: string;
  readonly nearest?: string | undefined;
  /** The names that are valid there, if they are known. */
  readonly known?: readonly string[] | undefined;
}

export type Nothing = Readonly<Record<string, never>>;
