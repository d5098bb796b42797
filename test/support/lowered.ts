import { ts } from "ts-morph";

/**
 * Runs TypeScript with standard decorators, which no Node.js runs and Vite leaves in place: lowered to ES2022
 * and evaluated as the body of a function that is given what it needs.
 */
export function lowered<T>(source: string, given: Readonly<Record<string, unknown>>): T {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const run = new Function(...Object.keys(given), outputText) as (...values: unknown[]) => T;
  return run(...Object.values(given));
}
