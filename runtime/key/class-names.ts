import { shared } from "../platform/shared.ts";

const classNames = /* @__PURE__ */ shared("class-names", () => ({
  /** The suffix of each class. */
  suffixes: new WeakMap<object, string>(),
  /** The source of the first class of each name. */
  sources: new Map<string, string>(),
}));

/**
 * The name by which keys tell the instances of a class apart: that of another class of the same name has a hash of its
 * source behind it. Classes with the same source are one: a bundle may contain a module twice.
 */
export function keyNameOf(constructor: object, name: string): string {
  let suffix = classNames.suffixes.get(constructor);
  if (suffix === undefined) classNames.suffixes.set(constructor, (suffix = newSuffix(constructor, name)));
  return name + suffix;
}

function newSuffix(constructor: object, name: string): string {
  const source = Function.prototype.toString.call(constructor);
  const first = classNames.sources.get(name);
  if (first === undefined) classNames.sources.set(name, source);
  return first === undefined || first === source ? "" : `~${hashOfSource(source)}`;
}

/** FNV-1a, as hexadecimal digits. */
function hashOfSource(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}
