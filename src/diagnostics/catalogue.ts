/**
 * The catalogue of diagnostics: for each name its severity, when it is reported (`when`), what is wrong (`message`)
 * and what to write instead (`help`). Names are stable and never reused. Errors cannot be silenced.
 */
import { OPTION_NAMES } from "../../runtime/contract/options.ts";
import type { Span } from "../site.ts";
import type { Details, Nothing } from "./details.ts";
import { explainFault } from "./pragma-syntax.ts";
import {
  resultPath,
  subject,
  listed,
  pathHelp,
  atMostFour,
  joined,
  inWords,
  bestOffer,
  classOffer,
  identityOffer,
  keyHelp,
  receiverOffer,
  readIn,
  at,
  calledBy,
} from "./wording.ts";

export type Severity = "error" | "warning";

/** The name of a diagnostic: `parameter-unkeyable`. Names are stable and never reused. */
export type DiagnosticName = keyof Details;

/** A problem with a range of a file's text. */
export interface Problem<N extends DiagnosticName = DiagnosticName> {
  readonly name: N;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  readonly help: string;
  /** What the message and the help are made of. */
  readonly details: Details[N];
}

/** A problem with its file and position. Lines and columns are 1-based; columns count UTF-16 code units. */
export interface Diagnostic extends Omit<Problem, "details"> {
  /** Relative to the package, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface CatalogueEntry<D = never> {
  readonly severity: Severity;
  /** When it is reported, for tables: one clause without a full stop. */
  readonly when: string;
  readonly message: (details: D) => string;
  readonly help: (details: D) => string;
}

/** All diagnostics, in the order of the documentation. */
export const catalogue: { readonly [N in DiagnosticName]: CatalogueEntry<Details[N]> } = {
  "pragma-unattached": {
    severity: "error",
    when: "a pragma or decorator is not at a function that can be cached",
    message: ({ found, pragma = "@cached" }) =>
      found
        ? `\`${pragma}\` cannot be bound to ${found}.`
        : `\`${pragma}\` is not at a function that can be cached.`,
    help: ({ help }) =>
      help ??
      "Write `// @cached ttl=10` directly above a function declaration, a method, or a `const` or property that holds one function.",
  },
  "pragma-misspelt": {
    severity: "error",
    when: "a misspelt `@cached`, alone or with options",
    message: ({ word, meant = "@cached" }) => `\`${word}\` looks like a misspelt \`${meant}\`.`,
    help: ({ meant = "@cached" }) => `Write \`${meant}\`.`,
  },
  "pragma-syntax": {
    severity: "error",
    when: "the options are not `name=value` pairs, or a quote is not closed",
    message: (fault) => explainFault(fault)[0],
    help: (fault) => explainFault(fault)[1],
  },
  "option-unknown": {
    severity: "error",
    when: "an option does not exist",
    message: ({ name }) => `\`${name}\` is not an option.`,
    help: ({ nearest }) =>
      nearest === undefined ? `Write one of ${listed(OPTION_NAMES)!}.` : `Write \`${nearest}\`.`,
  },
  "option-duplicate": {
    severity: "error",
    when: "an option is given twice",
    message: ({ name }) => `\`${name}\` is given more than once.`,
    help: ({ name }) => `Keep one \`${name}\` and remove the others.`,
  },
  "option-value": {
    severity: "error",
    when: "a value is not of the option's kind, `ttl=0`",
    message: ({ problem }) => problem,
    help: ({ help }) => help,
  },
  "option-conflict": {
    severity: "error",
    when: "an option has no effect here or contradicts another, `swr` without `ttl`",
    message: ({ problem }) => problem,
    help: ({ help }) => help,
  },
  "key-path-unknown": {
    severity: "error",
    when: "`key` or `identity` names no parameter or property",
    message: ({ path, option = "key" }) =>
      `\`${option}\` names \`${path}\`, which is neither a parameter nor a property of one.`,
    help: (details) => pathHelp(`\`${details.option ?? "key"}\``, details),
  },
  "tag-path-unknown": {
    severity: "error",
    when: "`tags` inserts no parameter or property",
    message: ({ path }) =>
      `\`tags\` inserts \`${path}\`, which is neither a parameter nor a property of one.`,
    help: (details) => (details.nearest ? `Insert \`{${details.nearest}}\`.` : pathHelp("`tags`", details)),
  },
  "tag-unkeyed": {
    severity: "error",
    when: "`tags` inserts a value that is not in the key, or not a text, number or boolean",
    message: ({ path, why }) => `\`tags\` inserts \`${path}\`, ${why}.`,
    help: ({ help }) => help,
  },
  "ignore-unknown": {
    severity: "error",
    when: "`ignore` names no parameter",
    message: ({ path }) => `\`ignore\` names \`${path}\`, which is not a parameter.`,
    help: (details) => {
      const { path, advice } = details;
      if (!advice) return pathHelp("`ignore`", details);
      const offer = bestOffer(advice, path.split(".", 1)[0]!);
      return `${offer ?? `Pass \`${path}\` as a parameter of its own, since \`ignore\` takes whole parameters`}.`;
    },
  },
  "this-path-unknown": {
    severity: "error",
    when: "`this` names no member of the receiver",
    message: ({ path }) => `\`this\` names \`${path}\`, which the receiver does not have.`,
    help: (details) => pathHelp("`this`", details),
  },
  "parameter-unkeyable": {
    severity: "error",
    when: "a parameter's type has no key, at some path",
    message: ({ path, type, why, others = [] }) =>
      `\`${path}: ${type}\` has no key${why ? `: it is ${why}` : ""}.${others.length > 0 ? ` ${atMostFour(others)} ${others.length > 1 ? "have" : "has"} no key either.` : ""}`,
    help: ({ entry, ...details }) => classOffer(entry, identityOffer(details, keyHelp(details))),
  },
  "parameter-unresolved": {
    severity: "error",
    when: "a parameter's type could not be resolved",
    message: ({ path, type }) =>
      `The type of \`${path}\`${type ? `, \`${type}\`,` : ""} could not be resolved.`,
    help: () => "Fix the import that declares it or install its types, or write the type out.",
  },
  "capture-unkeyable": {
    severity: "error",
    when: "a captured variable cannot be part of the key",
    message: ({ name, path = name, type, isReference }) =>
      `\`${path}${type ? `: ${type}` : ""}\` of the enclosing function affects the result, but ${isReference ? "is not part of the key of a function that is declared outside of `cached()`" : "has no key"}.`,
    help: ({ name, isParameter, reads = [], isReference }) => {
      if (isReference) return `Write the function inside \`cached()\`: its key then contains \`${name}\`.`;
      const texts = reads.map((read) => `\`${read}\``).join(" and ");
      const copy =
        reads.length > 1
          ? "a `const` each before the function and read those"
          : "a `const` before the function and read that";
      if (texts) return `Copy ${texts} into ${copy}.`;
      return isParameter
        ? `Pass the values of \`${name}\` that matter as parameters of the function.`
        : `Move \`${name}\` to the top of the module, or pass the values that matter as parameters.`;
    },
  },
  "capture-reassigned": {
    severity: "error",
    when: "a captured variable is reassigned",
    message: ({ name }) => `\`${name}\` of the enclosing function affects the result, but is reassigned.`,
    help: ({ name }) =>
      `Copy \`${name}\` into a \`const\` before the function and read that, or pass it as a parameter.`,
  },
  "receiver-unkeyed": {
    severity: "error",
    when: "`this` or `super` is read and no option says which part of it belongs in the key",
    message: ({ reads }) =>
      `\`${reads}\` is read, but no option says which part of the receiver belongs in the key.`,
    help: ({ reads, ...advice }) =>
      `${receiverOffer("Add", advice) ?? `Pass what the function reads of \`${reads}\` as parameters`}.`,
  },
  "uses-arguments": {
    severity: "error",
    when: "the function reads `arguments`",
    message: () => "A cached function cannot read `arguments`.",
    help: () => "Declare a rest parameter, `...args`, and read that.",
  },
  "uses-new-target": {
    severity: "error",
    when: "the function reads `new.target`",
    message: () => "A cached function cannot read `new.target`, since it is not called with `new`.",
    help: () => "Remove `new.target`, or move the work into a function of its own and cache that.",
  },
  "recursion-same-key": {
    severity: "error",
    when: "an async function waits for a call of itself with the key that it is running",
    message: ({ call, within }) =>
      `\`${call.length > 60 ? `${call.slice(0, 59)}…` : call}\`${within ? ` in \`${within}\`` : ""} has the key of the run that makes it, so the run would wait for itself.`,
    help: () =>
      "Repeat the work in a loop inside of the function, add a parameter that differs to the key, or write `lock=none`, with which each call runs by itself.",
  },
  "invalidates-unknown": {
    severity: "error",
    when: "`@invalidates` names no cached function",
    message: ({ callee, isFunction }) => {
      if (callee === "") return "`@invalidates` names no cached function, and no tags.";
      return isFunction
        ? `\`${callee}\` is not cached.`
        : `\`${callee}\` is not a call of a cached function in scope.`;
    },
    help: ({ callee, isFunction, nearest }) => {
      if (isFunction) return `Mark \`${callee}\` with \`@cached\`, or remove it here.`;
      return nearest
        ? `Write \`${nearest}\`.`
        : "Write a call of a cached function that is declared or imported in this file, like `getUser(user.id)`.";
    },
  },
  "invalidates-arguments": {
    severity: "error",
    when: "an argument there is unknown, or does not fit",
    message: (details) => {
      switch (details.fault) {
        case "form":
          return `\`${details.text}\` is neither a literal nor the path of a parameter or of \`result\`.`;
        case "name":
          return `\`${details.text}\` is not a parameter, nor a property of one.`;
        case "count":
          return `\`${details.callee}\` takes ${takes(details.least, details.most)}, and this has ${details.given}.`;
        case "type":
          return `\`${details.text}\`, of type \`${details.type}\`, does not fit the parameter \`${details.parameter}\` of type \`${details.expected}\`.`;
        case "tag":
          return `\`tags\` inserts \`${details.text}\`, which is \`${details.type}\`, not a text, number or boolean.`;
        case "result":
          return "`result` is not known: the function returns nothing.";
      }
    },
    help: (details) => {
      switch (details.fault) {
        case "form":
          return "Write a literal, a parameter like `id`, or a path like `user.id` or `result.id`.";
        case "name":
          return details.nearest
            ? `Write \`${details.nearest}\`.`
            : `Write ${details.known.map((name) => `\`${name}\``).join(", ")}, or a path of one.`;
        case "count":
          return "Write the arguments of the calls whose entries go.";
        case "type":
          return "Write an argument of that type.";
        case "tag":
          return "Name a property that is one.";
        case "result":
          return "Write a parameter, or a path of one.";
      }
    },
  },
  "multi-parameter": {
    severity: "error",
    when: "`multi` names no parameter with a list or a `Set` of primitive ids",
    message: (details) => {
      switch (details.fault) {
        case "unknown":
          return `\`multi\` names \`${details.name}\`, which is not a parameter.`;
        case "destructured":
          return `\`multi\` names \`${details.name}\`, which is a part of a parameter.`;
        case "rest":
          return `\`multi\` names \`${details.name}\`, which is a rest parameter.`;
        case "unread":
          return `\`multi\` names \`${details.name}\`, which the function does not read.`;
        case "type":
          return `\`multi\` names \`${details.name}: ${details.type}\`, which is no list or \`Set\` of texts, numbers or other primitive values.`;
      }
    },
    help: (details) => {
      if (details.fault === "unknown")
        return details.nearest
          ? `Write \`${details.nearest}\`.`
          : `Write ${listed(details.known) ?? "the name of a parameter"}.`;
      return details.fault === "unread"
        ? "Return the results of these ids: the function runs for those that are missing."
        : "Declare a parameter with the ids, like `ids: readonly number[]`.";
    },
  },
  "multi-result": {
    severity: "error",
    when: "a function with `multi` returns neither a list, nor a `Map`, nor an object by id",
    message: ({ name, type }) =>
      `${name ? `\`${name}\`` : "The function"} returns \`${type}\`, which is neither a list, nor a \`Map\`, nor an object by id.`,
    help: () =>
      "Return one result for each id, in the order of the ids, or a `Map` or an object by id, and write that type.",
  },
  "one-unknown": {
    severity: "error",
    when: "`one` names no function with `multi`",
    message: ({ callee, isFunction }) =>
      isFunction
        ? `\`${callee}\` has no option \`multi\`, so it has no entries for single ids.`
        : `\`${callee}\` is not a batch function in scope.`,
    help: ({ callee, isFunction, nearest }) => {
      if (isFunction) return `Add \`multi\` to the options of \`${callee}\`, or remove \`one\`.`;
      return nearest
        ? `Write \`${nearest}\`.`
        : "Write the name of a function with `multi` that is declared or imported in this file.";
    },
  },
  "one-parameter": {
    severity: "error",
    when: "a parameter or the result of a function with `one` does not fit its batch function",
    message: ({ problem }) => problem,
    help: ({ help }) => help,
  },
  "function-generator": {
    severity: "error",
    when: "the function is a generator",
    message: ({ name }) => `${subject(name)} is a generator, which yields its values only once.`,
    help: () => "Cache a function that collects the values and returns them as an array.",
  },
  "function-void": {
    severity: "error",
    when: "the function returns nothing",
    message: ({ name, type }) =>
      `${subject(name)} returns ${type ? `\`${type}\`` : "nothing"}, so there is nothing to cache.`,
    help: () => "Return the result that you want to cache, or do not cache the function.",
  },
  "function-accessor": {
    severity: "error",
    when: "the function is a getter or a setter",
    message: ({ name }) => `${name ? `\`${name}\`` : "This"} is an accessor, which cannot be cached.`,
    help: () => "Make it a method and cache that.",
  },
  "function-constructor": {
    severity: "error",
    when: "the function is a constructor",
    message: () => "A constructor cannot be cached.",
    help: () => "Cache a static method or a function that creates the instance.",
  },
  "result-unstorable": {
    severity: "error",
    when: "a remote backend or a serializer is named that cannot restore the result",
    message: ({ path, type, by }) => `${resultPath(path)} is \`${type}\`, which ${by} cannot restore.`,
    help: ({ by, entry, shareable }) => {
      if (by.includes("serializer=string")) return "Return a string, or remove the serializer.";
      const inMemory = ", or write `serializer=none` to cache results in memory as they are";
      return classOffer(entry, `Return plain data${shareable ? inMemory : ""}.`);
    },
  },
  "result-once": {
    severity: "error",
    when: "the result can be read only once: a `Response`, a stream, an iterator",
    message: ({ path, type }) =>
      `${resultPath(path)} is \`${type}\`, which can be read only once, so no second caller could use it.`,
    help: () => "Read it in the function, and return what was read: text, bytes, or an array of its items.",
  },
  "result-thenable": {
    severity: "error",
    when: "the result has a `then` but is not a plain promise: a query builder, a promise with members",
    message: ({ type }) =>
      `The result is \`${type}\`, which has a \`then\` but is not a plain promise, so no promise can stand for it.`,
    help: () =>
      "Make the function `async` with a `Promise` as its return type, so that it returns a plain promise.",
  },
  "result-mixed": {
    severity: "error",
    when: "a remote backend or a serializer is named, and only some calls return a promise",
    message: ({ type, by }) =>
      `The result is \`${type}\`: some calls return it at once, which they cannot do with ${by}.`,
    help: ({ by }) => `Make the function \`async\`, or remove ${by} to keep results in memory.`,
  },
  "too-deep": {
    severity: "error",
    when: "code is too long or nested too deeply for TypeScript",
    message: ({ name, place }) =>
      place
        ? `${place} is nested too deeply for TypeScript.`
        : `${subject(name)}, or code that its types come from, is too long or nested too deeply for TypeScript.`,
    help: ({ place }) =>
      place
        ? "Move inner expressions into variables of their own."
        : "Write out its result type, or split it into smaller functions.",
  },
  "id-duplicate": {
    severity: "error",
    when: "two functions have the same id",
    message: ({ id, other }) => `\`${id}\` is the id of this function and of the one at ${other}.`,
    help: ({ id }) => {
      const name = id.slice(id.lastIndexOf(":") + 1);
      return `Give one of them another name: \`name=${/^[\w$.]+$/.test(name) ? `${name}2` : "other"}\`.`;
    },
  },
  "name-missing": {
    severity: "error",
    when: "a `cached()` call and its function have no name",
    message: () =>
      "Neither this function nor the declaration that holds it has a name, which its entries need.",
    help: () => 'Add `name: "getUser"` to the options, name the function, or assign the result to a `const`.',
  },
  "decorator-legacy": {
    severity: "error",
    when: "`@cached` is used with `experimentalDecorators`",
    message: () =>
      "`@cached` is a standard decorator, which cannot be called under `experimentalDecorators`.",
    help: ({ options }) =>
      options === undefined
        ? "Assign the function to a field instead: `find = cached((id: number) => …, { … });`."
        : `Write this comment instead: \`// @cached${options}\`.`,
  },
  "script-global": {
    severity: "error",
    when: "tsc takes the file for a script",
    message: () =>
      "Without `import` and `export`, tsc takes this file for a script; the import that a cached function needs would make it a module, whose declarations are not global.",
    help: () => "Add `export {};`, and import what other files use of it.",
  },
  "parameter-unproved": {
    severity: "warning",
    when: "a parameter is `any`, `unknown`, an unbounded type parameter, or partly without a key",
    message: ({ path, type, without = [], others = [] }) =>
      `\`${path}: ${type}\` does not prove that its values have a key${without.length > 0 ? `: ${atMostFour(without)} ${without.length > 1 ? "have" : "has"} none` : ""}.${others.length > 0 ? ` ${atMostFour(others)} ${others.length > 1 ? "do" : "does"} not either.` : ""}`,
    help: ({ path, others = [], advice = {} }) => {
      const offer = advice.called ? undefined : bestOffer(advice, path.split(/[.[]/, 1)[0]!);
      const types = others.length > 0 ? "narrower types for these" : `a narrower type for \`${path}\``;
      const rest = `${types}, or silence this with \`allow=parameter-unproved\`.`;
      return offer ? `${offer}, or write ${rest}` : `Write ${rest}`;
    },
  },
  "result-unproved": {
    severity: "warning",
    when: "the result's type does not prove that it can be stored",
    message: ({ path, type }) =>
      `${resultPath(path)} is \`${type}\`, which does not prove that it can be stored.`,
    help: () => "Write a narrower return type, or silence this with `allow=result-unproved`.",
  },
  "ignored-read": {
    severity: "warning",
    when: "an option leaves out of the key what the function uses",
    message: ({ by, reads, places }) =>
      `\`${by}\` leaves out ${joined(reads)}, which the function uses on ${joined(places)}: one caller's answer could be served to another.`,
    help: ({ offer, instead }) =>
      `${offer ? `Write \`${offer}\`${instead ? " in place of `ignore`" : ""}` : "Pass what matters in a parameter of its own"}, or silence this with \`allow=ignored-read\` if it makes no difference.`,
  },
  "ttl-milliseconds": {
    severity: "warning",
    when: "a duration without a unit looks like milliseconds, `ttl=60000`",
    message: ({ option, seconds, isDefault }) =>
      `${isDefault ? "The project's default " : ""}\`${option}=${seconds}\` means ${inWords(seconds)}, since a number without a unit is in seconds.`,
    help: ({ option, seconds, isDefault }) => {
      const [start, at] = isDefault ? ["", " in `defaults`"] : [`${option}=`, ""];
      return `Write \`${start}${seconds / 1000}s\`${at} if milliseconds are meant, or \`${start}${seconds}s\` to keep it.`;
    },
  },
  "module-state": {
    severity: "warning",
    when: "the function reads module state that functions change",
    message: ({ name, through, isChanged }) =>
      `\`${name}\`${readIn(through)} is ${isChanged ? "changed" : "reassigned"}, so the result may depend on when the function ran.`,
    help: ({ name, isChanged }) =>
      isChanged
        ? `Pass what the function needs of \`${name}\` as a parameter, or silence this with \`allow=module-state\`.`
        : `Make \`${name}\` a parameter or a \`const\`, or silence this with \`allow=module-state\`.`,
  },
  "receiver-state": {
    severity: "warning",
    when: "the function reads a member that a singleton, or an instance of a module, assigns later",
    message: ({ member, through }) =>
      `\`${member}\`${readIn(through)} is assigned outside of the constructor, so the result may depend on when the function ran.`,
    help: ({ member, through }) =>
      `${through ? "Pass its value as a parameter" : `Write \`this=${member.replace("this.", "")}\` to make it part of the key`}, or silence this with \`allow=receiver-state\`.`,
  },
  "ambient-read": {
    severity: "warning",
    when: "the function reads the clock, random numbers, request context, or what a page holds",
    message: ({ read, through }) =>
      `\`${read}\`${readIn(through)} is not part of the key: one caller's answer could be served to another.`,
    help: () => "Pass its value as a parameter, or silence this with `allow=ambient-read`.",
  },
  "parameter-mutated": {
    severity: "warning",
    when: "the function changes what a parameter holds",
    message: ({ change, parameter, through }) =>
      `\`${change}\`${through ? `, in ${calledBy(through)},` : ""} changes what \`${parameter}\` holds, which a hit does not.`,
    help: () =>
      "Change a copy and return it, or silence this with `allow=parameter-mutated` if no caller needs the change.",
  },
  "result-shared": {
    severity: "warning",
    when: "a caller changes the result, which other callers are given too",
    message: ({ change, place }) =>
      `\`${change}\` ${at(place)} changes the result, which the next caller is given changed.`,
    help: ({ copyable }) =>
      `${copyable ? "Write `copy=clone` to give each caller a copy, or c" : "C"}hange a copy there, or silence this with \`allow=result-shared\` if every caller needs the change.`,
  },
  "result-aliases": {
    severity: "warning",
    when: "the result holds objects of the arguments, which its other callers get too",
    message: ({ shared, parameters }) =>
      `${atMostFour(shared)} ${shared.length > 1 ? "put" : "puts"} objects of ${atMostFour(parameters)} into the result: the next caller is given those of the first.`,
    help: ({ type, copyable }) =>
      `${copyable ? "Write `copy=clone` to give each caller a copy, or m" : "M"}ake what is shared \`readonly\` (here \`${type}\`), or silence this with \`allow=result-aliases\` if no caller changes it.`,
  },
  cheap: {
    severity: "warning",
    when: "the function costs less than looking its result up",
    message: ({ name }) =>
      `${subject(name)} costs less than looking its result up: it waits for nothing, no loop grows with its arguments, and what it calls is as cheap.`,
    help: ({ form, identity }) =>
      `${identity === undefined ? "R" : `Write \`identity=${identity}\`, which makes no key of what is in read-only objects, or r`}emove ${form === "call" ? "`cached()`" : "`@cached`"}, or silence this with \`allow=cheap\` if speed is not the reason for the cache.`,
  },
  "reexport-renamed": {
    severity: "warning",
    when: "a module or an automatic import gives `cached` another name",
    message: ({ as, isGlobal }) =>
      `\`cached\` is ${isGlobal ? "declared as the global" : "re-exported as"} \`${as}\`, and files that use only that name are not compiled.`,
    help: ({ as, isGlobal }) =>
      isGlobal
        ? `Import it automatically as \`cached\`, not as \`${as}\`.`
        : 'Keep the name: `export { cached } from "aotcache";`.',
  },
  "cached-unresolved": {
    severity: "warning",
    when: "`cached` is called, and nothing defines it",
    message: () =>
      "Neither an import nor a declaration of a global defines `cached`, so this is not compiled.",
    help: () =>
      'Write `import { cached } from "aotcache";`, or let the plugin that adds the import write its declarations to a file of the tsconfig.',
  },
};

function takes(least: number, most: number): string {
  const count =
    least === most ? String(least) : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  return `${count} ${count === "1" ? "argument" : "arguments"}`;
}

/** The names of all diagnostics. */
export const DIAGNOSTIC_NAMES: readonly DiagnosticName[] = Object.keys(catalogue) as DiagnosticName[];

/** The names of all warnings, which `allow` takes. */
export const WARNING_NAMES: readonly DiagnosticName[] = DIAGNOSTIC_NAMES.filter(
  (name) => catalogue[name].severity === "warning",
);

/** Creates a problem with a range of the text. `details` can be left out if the diagnostic has none. */
export function problem<N extends DiagnosticName>(
  name: N,
  span: Span,
  ...[details]: Nothing extends Details[N] ? [details?: Details[N]] : [details: Details[N]]
): Problem {
  const entry = catalogue[name] as CatalogueEntry<unknown>;
  const known = (details ?? {}) as Details[N];
  const [message, help] = [entry.message(known), entry.help(known)].map((text) => text.replace(/\s+/g, " "));
  return { name, severity: entry.severity, span, message: message!, help: help!, details: known };
}

/** Tells whether a problem has this name, and with it these details. */
export const isProblem = <N extends DiagnosticName>(each: Problem, name: N): each is Problem<N> =>
  each.name === name;
