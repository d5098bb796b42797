import { parser } from "./eslint/parser.ts";
import { valid } from "./eslint/rule.ts";
import { severity } from "./eslint/severity.ts";
import type { Config, Processor, RuleModule } from "./eslint/types.ts";

export type { EditorOptions as AotcacheOptions } from "./editor/checker.ts";

/** The plugin for ESLint's flat config. */
export interface EslintPlugin {
  readonly meta: { readonly name: string };
  readonly rules: { readonly valid: RuleModule };
  readonly processors: { readonly severity: Processor };
  readonly configs: { readonly recommended: RecommendedConfig };
}

/**
 * A config that switches the rule on. Spread into the list of configs (`...recommended`), it also lints TypeScript and
 * components without another parser, and reports warnings as warnings.
 */
export interface RecommendedConfig extends Config, Iterable<Config> {}

const meta = { name: "aotcache" };

const rules: Config = {
  name: "aotcache/rules",
  plugins: {
    get aotcache() {
      return plugin;
    },
  },
  rules: { "aotcache/valid": "error" },
};

const configs: readonly Config[] = [
  rules,
  { name: "aotcache/warnings", files: ["**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}"], processor: severity },
  {
    name: "aotcache/parser",
    files: ["**/*.{ts,mts,cts,tsx,vue,svelte,astro}"],
    languageOptions: { parser },
  },
];

/**
 * The plugin for ESLint 9 and 10. Its rule `aotcache/valid` reports what `aotcache check` reports, for the text in the
 * editor. Its option is an object with the options of the compiler.
 *
 * @example
 * // eslint.config.js
 * import aotcache from "aotcache/eslint";
 *
 * export default [...aotcache.configs.recommended];
 */
const plugin: EslintPlugin = {
  meta,
  rules: { valid },
  processors: { severity },
  configs: { recommended: { ...rules, [Symbol.iterator]: () => configs[Symbol.iterator]() } },
};
export default plugin;
