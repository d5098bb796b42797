/** What to do about a mark that stands at something else than a function, by what that is. */

const HELP: readonly (readonly [found: RegExp, help: string])[] = [
  [/^the end/, "Move it directly above the function that it is meant for, or remove it."],
  [/^the code before it/, "Put it on a line of its own, directly above the function."],
  [/^a place inside/, "Put it in front of the whole declaration."],
  [/^a class$/, "Write it above each method that is to be cached."],
  [/^a namespace$/, "Write it above each function that is to be cached."],
  [/^a `(?:let|var|using)`$/, "Make it a `const`, so that nothing puts another function in its place."],
  [/^a `const` with more/, "Give the function a `const` of its own."],
  [
    /holds (?:the result of a call|the result of an operator|another name's value)$/,
    'Import `cached` from "aotcache" and wrap the value: `cached(…, { ttl: 10 })`.',
  ],
  [/holds an object$/, "Write it inside of the object, above each function that is to be cached."],
  [/holds a class$/, "Write it inside of the class, above each method that is to be cached."],
  [
    /^a (?:function that has no name here|`return`)$/,
    "Put the function into a `const` and write it above that.",
  ],
  [/name is computed$/, "Give it a name that is written out."],
  [/^(?:an abstract|a function (?:that is only|without))/, "Write it above the function that has the body."],
  [/^a (?:type|member of a type)$/, "Write it above the function that has the body."],
  [/^(?:an import|an export of other|a property that names)/, "Write it where the function is declared."],
];

const DECORATOR = "Put the decorator on a method, or on a field that holds one function.";

/** The help for `found`; undefined where nothing special can be said. */
export function unattachedHelp(found: string, isDecorator: boolean): string | undefined {
  return isDecorator ? DECORATOR : HELP.find(([pattern]) => pattern.test(found))?.[1];
}
