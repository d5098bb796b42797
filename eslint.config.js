import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** Forbids imports. Each pattern is matched against the specifier as written: `./key.ts`, `node:fs`, `ts-morph`. */
const forbid = (files, ...patterns) => ({
  files,
  rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
});

/** Folders that no other folder may import. */
const NOT_IMPORTABLE = {
  regex: "^(?:\\.\\./)+(?:plugin|test|fixtures|dist)/",
  message: "No other folder imports plugin, test, fixtures or dist, so that they can change freely.",
};
const COMPILER_IMPORTS = [
  NOT_IMPORTABLE,
  {
    regex: "^(?!\\.\\.?/|node:|ts-morph$|magic-string$|picocolors$)",
    message:
      "The compiler imports src, node:, ts-morph, magic-string and picocolors only: every library is either a peer dependency or published as part of aotcache.",
  },
  {
    regex: "/runtime/(?!contract/)",
    allowTypeImports: true,
    message:
      "The compiler imports values from runtime/contract only, and types from all of the runtime: loading the rest would start a cache inside the build.",
  },
];

/** Small libraries that are published as part of the integrations. */
const VENDORED = [
  "@babel/parser",
  "diff",
  "magic-string",
  "package-manager-detector",
  "picocolors",
  "picomatch",
  "unplugin",
  "@jridgewell/remapping",
  "@jridgewell/sourcemap-codec",
];

/** A path within the runtime, whose files are one folder deep at most. */
const IN_RUNTIME = "\\./|\\.\\./(?!\\.\\./)";

export default defineConfig(
  globalIgnores(["dist/", "fixtures/", "**/.tmp/"]),
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // A promise that is not awaited loses its error, in tests too.
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      // With noUncheckedIndexedAccess, an index that was just checked still has the type `T | undefined`.
      "@typescript-eslint/no-non-null-assertion": "off",
      // The compiler reports unused names already.
      "@typescript-eslint/no-unused-vars": "off",
    },
  },
  {
    files: ["{src,runtime,plugin}/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": "off",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/restrict-plus-operands": ["error", { allowNumberAndString: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      // `async` without `await` makes a function that throws reject instead.
      "@typescript-eslint/require-await": "off",
      // Methods of built-in prototypes and of `ts.sys` are stored on purpose and called with a receiver.
      "@typescript-eslint/unbound-method": "off",
      // TypeScript's flags are bit sets, and some bits have names only in its internals.
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Tests cover unusual code on purpose: values of type any, classes with one method, `arguments`.
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "prefer-rest-params": "off",
    },
  },
  {
    ...forbid(["runtime/**/*.ts"], {
      regex: `^(?!${IN_RUNTIME})`,
      message:
        "The runtime imports only its own files, not even node:, because it runs in browsers and workers and has no dependencies.",
    }),
    ignores: ["runtime/{redis,memcached,otel,testing}/**"],
  },
  forbid(["runtime/testing/**"], {
    regex: `^(?!${IN_RUNTIME}|(?:node:assert/strict|fast-check)$)`,
    message:
      "The suite for drivers runs under any test runner: it takes its runner as an argument and uses the assertions of Node.js.",
  }),
  ...[
    ["redis", "ioredis"],
    ["memcached", "memjs"],
    ["otel", "@opentelemetry/api"],
  ].map(([store, client]) =>
    forbid([`runtime/${store}/**`], {
      regex: `^(?!${IN_RUNTIME}|node:|${client}$)`,
      message: `Only runtime/${store} imports ${client}: users of other entries do not install it.`,
    }),
  ),
  forbid(["src/**/*.ts"], ...COMPILER_IMPORTS),
  forbid(["src/emit/**"], ...COMPILER_IMPORTS, {
    regex: "^ts-morph$",
    message:
      "The emitter does not import ts-morph: it edits text from plain data, and is tested without a compiler.",
  }),
  ...[1, 2, 3].map((depth) => {
    const files = `plugin/${"*/".repeat(depth - 1)}*.ts`;
    const up = "\\.\\./".repeat(depth);
    return forbid(
      [files],
      {
        regex: `^${up}(?!src/index\\.ts$)`,
        message:
          "Integrations import the compiler from src/index.ts only, so that all of them emit the same text. The runtime does not run in a build.",
      },
      {
        regex: `^(?!\\.\\.?/|node:|(?:${VENDORED.join("|")})$)`,
        allowTypeImports: true,
        message:
          "An integration imports only types of its host, because the host loads the integration. It may import the libraries that are published with aotcache.",
      },
    );
  }),
);
