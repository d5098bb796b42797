/**
 * Returns a module of Node.js, such as `node:util`, in Node.js, Deno and Bun; `undefined` on other platforms. Not an
 * import, because a bundler for browsers would fail on it.
 */
export function builtinModule(name: string): unknown {
  const { process: host } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host?.getBuiltinModule?.(name);
}
