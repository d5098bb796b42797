/** Runs ESLint with the published plugin in a project of a test. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { repository, type CliApp } from "./cli.ts";

const require = createRequire(import.meta.url);

export interface LintMessage {
  readonly ruleId: string | null;
  readonly severity: number;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly fix?: { readonly range: readonly [number, number]; readonly text: string };
  readonly suggestions?: readonly { readonly desc: string; readonly fix: LintMessage["fix"] & object }[];
}

export interface LintResult {
  readonly filePath: string;
  readonly messages: readonly LintMessage[];
  readonly output?: string;
}

export interface Linter {
  lintText(text: string, options: { filePath: string }): Promise<LintResult[]>;
  lintFiles(patterns: readonly string[]): Promise<LintResult[]>;
}

interface EslintModule {
  readonly ESLint: new (options: object) => Linter;
}

/** The plugin as it is published. Load it after `npm run build`. */
export const plugin = (
  require(join(repository, "dist/plugin/eslint.js")) as {
    default: typeof import("../../plugin/eslint.ts").default;
  }
).default;

/** The versions of ESLint that the plugin works with, as packages of the repository. */
export const ESLINTS = ["eslint9", "eslint"] as const;

export interface LinterOptions {
  readonly eslint?: (typeof ESLINTS)[number];
  /** Configs after the recommended ones. */
  readonly configs?: readonly object[];
  readonly rule?: object;
  readonly fix?: boolean;
}

export function linterIn(app: CliApp, options: LinterOptions = {}): Linter {
  const { eslint = "eslint", configs = [], rule, fix = false } = options;
  const { ESLint } = require(eslint) as EslintModule;
  const ruleConfig = rule ? [{ rules: { "aotcache/valid": ["error", rule] } }] : [];
  return new ESLint({
    cwd: app.root,
    overrideConfigFile: true,
    overrideConfig: [...plugin.configs.recommended, ...configs, ...ruleConfig],
    fix,
  });
}

/** Lints a text, as an editor does, and returns its messages. */
export async function lint(
  app: CliApp,
  path: string,
  text: string,
  linter: Linter = linterIn(app),
): Promise<readonly LintMessage[]> {
  const [result] = await linter.lintText(text, { filePath: app.at(path) });
  return result!.messages;
}
