/** What tsc says of a wrong option in `cached()`. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("names the option, and nothing else", () => {
  const path = join(root, "test/runtime/wrong.ts");
  const text = `import { cached } from "../../runtime/index.ts";
    export const a = cached((n: number) => n, { ttll: 10 });
    export const b = cached((n: number) => n, { tags: 5 });
    export const c = cached({ ttll: 10 })((n: number) => n);
    export class Prices { @cached({ ttll: 10 }) find(id: number) { return id; } @cached all() { return 1; } }
    export const d = cached(Object.assign((n: number) => n, { version: "1" }), { ttl: 10 }).cache;`;
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  const program = ts.createProgram([path], options, host);
  const source = program.getSourceFile(path)!;
  const found = program.getSemanticDiagnostics(source).map(({ start, messageText }) => {
    const { line } = source.getLineAndCharacterOfPosition(start!);
    return [line + 1, ts.flattenDiagnosticMessageText(messageText, " ")] as const;
  });
  expect(found.map(([line]) => line)).toEqual([2, 3, 4, 5]);
  expect(found[0]![1]).toMatch(
    /'ttll' does not exist in type 'CachedOptions<.*>'. Did you mean to write 'ttl'\?$/,
  );
  expect(found[1]![1]).toMatch(/^Type 'number' is not assignable to type/);
  for (const [, message] of found.slice(2))
    expect(message).toMatch(/'ttll' does not exist in type 'CachedOptions/);
});
