/**
 * Generates modules with marked functions. A module exports `log`, to which its functions push, and `calls`,
 * which call them. The rest is up to chance: the form of each function, its parameters, its body, names that
 * shadow others, and the layout.
 */
import fc from "fast-check";
import type { Options } from "prettier";
import { bodies, writeBody } from "./bodies.ts";
import { FORMS, type Unit } from "./forms.ts";
import { argumentsOf, signatures } from "./parameters.ts";

export interface GeneratedModule {
  readonly text: string;
  /** The number of marked functions. */
  readonly marks: number;
  /** Options to format it with before it is compiled, if it is. */
  readonly prettier: Options | null;
  /** The setting of the type checker, an index. */
  readonly setting: number;
}

interface GeneratedFunction {
  readonly isDefault: boolean;
  readonly write: (id: string, changes: { readonly form?: string; readonly isWritten?: boolean }) => Unit;
}

const functions: fc.Arbitrary<GeneratedFunction> = fc
  .record({
    form: fc.constantFrom(...Object.keys(FORMS)),
    mark: fc.constantFrom(
      "// @cached",
      "/** @cached ttl=60 */",
      "/* @cached */ /* more */",
      "// @cached max=100\n// more\n\n/** And more. */",
    ),
    separator: fc.constantFrom(", ", ", /* ) { */ ", ",\n  // }) => {\n  "),
    isAsync: fc.boolean(),
    isWritten: fc.boolean(),
    signature: signatures,
    body: bodies,
    picks: fc.array(fc.array(fc.nat({ max: 5 }), { minLength: 4, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    }),
  })
  .map(({ form: chosen, mark, separator, isAsync, isWritten: written, signature, body, picks }) => ({
    isDefault: chosen.startsWith("default"),
    write: (id, { form = chosen, isWritten = written }) =>
      FORMS[form]!({
        id,
        mark,
        isAsync,
        parameters: signature.parameters.map(({ text }) => text).join(separator),
        result: isWritten ? "unknown[]" : "",
        body: writeBody(body, signature, isAsync),
        calls: picks.map((pick) => argumentsOf(signature, pick)),
      }),
  }));

const PROLOGUES = [
  "",
  "#!/usr/bin/env node\n",
  '"use client";\n',
  "\n\n",
  "\uFEFF",
  "/*! license */\n",
  "/** First. */\n",
];

/** The last units of a module, which stand in for what the forms do not cover. */
export const modules: fc.Arbitrary<GeneratedModule> = fc
  .record({
    prologue: fc.constantFrom(...PROLOGUES),
    lineBreak: fc.constantFrom("\n", "\r\n"),
    prettier: fc.option(
      fc.record({
        semi: fc.boolean(),
        singleQuote: fc.boolean(),
        quoteProps: fc.constantFrom("as-needed", "consistent", "preserve"),
        trailingComma: fc.constantFrom("all", "none"),
        arrowParens: fc.constantFrom("always", "avoid"),
        printWidth: fc.constantFrom(20, 80, 200),
      }),
    ),
    setting: fc.constantFrom(0, 1, 2),
    units: fc.array(functions, { minLength: 1, maxLength: 8 }),
  })
  .map(({ prologue, lineBreak, prettier, setting, units }) => {
    const first = units.findIndex(({ isDefault }) => isDefault);
    const written = units.map(({ isDefault, write }, index) =>
      write(`f${index}`, {
        // A module has one default export.
        ...(isDefault && index !== first && { form: "declaration" }),
        // Isolated declarations need the types of results.
        ...(setting === 2 && { isWritten: true }),
      }),
    );
    const text = [
      'import { cached } from "aotcache";',
      "export const log: string[] = [];",
      "export function fail(message: string): never { throw new RangeError(message); }",
      "export const used: unknown[] = [cached];",
      ...written.map((unit) => unit.text),
      "export const calls: ((_module: any) => unknown)[] = [",
      ...written.flatMap(({ calls }) => calls.map((call) => `  (_module) => ${call},`)),
      "];",
      "",
    ].join("\n");
    return {
      text: (prologue + text).replaceAll("\n", lineBreak),
      marks: written.reduce((sum, each) => sum + (each.marks ?? 1), 0),
      prettier,
      setting,
    };
  });
