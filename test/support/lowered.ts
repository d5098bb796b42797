import { ts } from "ts-morph";

/**
 * Runs TypeScript with standard decorators, which no version of Node.js supports and Vite does not lower. The
 * source is lowered to ES2022 and evaluated as the body of a function whose parameters are `globals`.
 */
export function lowered<T>(source: string, globals: Readonly<Record<string, unknown>>): T {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const run = new Function(...Object.keys(globals), outputText) as (...values: unknown[]) => T;
  return run(...Object.values(globals));
}
