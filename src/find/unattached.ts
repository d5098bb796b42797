/** The help for a mark that is not at a function, chosen by the description of what is there instead. */

const HELP: readonly (readonly [found: RegExp, help: string])[] = [
  [/^the end/, "Move it directly above the function that you want to cache, or remove it."],
  [/^the code before it/, "Put it on a line of its own, directly above the function."],
  [/^a place inside/, "Put it in front of the whole declaration."],
  [/^a class$/, "Write it above each method that you want to cache."],
  [/^a namespace$/, "Write it above each function that you want to cache."],
  [/^a `(?:let|var|using)`$/, "Make it a `const`, so that no other function can be assigned to it."],
  [/^a `const` with more/, "Give the function a `const` of its own."],
  [
    /holds (?:the result of a call|the result of an operator|another name's value)$/,
    'Import `cached` from "aotcache" and wrap the value: `cached(…, { ttl: 10 })`.',
  ],
  [/holds an object$/, "Write it inside the object, above each function that you want to cache."],
  [/holds a class$/, "Write it inside the class, above each method that you want to cache."],
  [
    /^a (?:function that has no name here|`return`)$/,
    "Assign the function to a `const` and write it above that.",
  ],
  [/name is computed$/, "Give it a literal name."],
  [/^(?:an abstract|a function (?:that is only|without))/, "Write it above the function that has the body."],
  [/^a (?:type|member of a type)$/, "Write it above the function that has the body."],
  [/^(?:an import|a re-export|a shorthand property)/, "Write it where the function is declared."],
];

const DECORATOR = "Put the decorator on a method, or on a field that holds one function.";

/** Returns the help for `found`, or undefined if the general help of the diagnostic applies. */
export function unattachedHelp(found: string, isDecorator: boolean): string | undefined {
  return isDecorator ? DECORATOR : HELP.find(([pattern]) => pattern.test(found))?.[1];
}
