import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** `pattern` is tried on what the import statement says: `./key.ts`, `node:fs`, `ts-morph`. */
const forbid = (files, ...patterns) => ({
  files,
  rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
});

const NOBODY = {
  regex: "^(?:\\.\\./)+(?:plugin|test|fixtures|dist)/",
  message: "Nothing imports plugin, test or fixtures, so that they can change freely.",
};
const SRC = [
  NOBODY,
  {
    regex: "^(?!\\.\\.?/|node:|ts-morph$|magic-string$|picocolors$)",
    message:
      "The compiler imports src, node:, ts-morph, magic-string and picocolors only: what it takes in is either a peer that users install or part of what we publish.",
  },
  {
    regex: "/runtime/(?!contract/)",
    allowTypeImports: true,
    message:
      "Of the runtime, the compiler imports types, and values from runtime/contract only: loading the rest would start a cache inside the build.",
  },
];

/** Libraries that are published as part of the integrations. */
const VENDORED = ["picocolors", "picomatch", "unplugin", "@jridgewell/sourcemap-codec"];

/** Files of the runtime are one folder deep at most. */
const IN_RUNTIME = "\\./|\\.\\./(?!\\.\\./)";

export default defineConfig(
  globalIgnores(["dist/", "fixtures/", "**/.tmp/"]),
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // A promise that nobody waits for loses its error: in a test, too.
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      // An index that was checked in the line above is still `T | undefined` to noUncheckedIndexedAccess.
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
      // `async` without `await` is how a function that may throw keeps its promise to reject.
      "@typescript-eslint/require-await": "off",
      // Methods of built-in prototypes and of `ts.sys` are taken off on purpose, and called with a receiver.
      "@typescript-eslint/unbound-method": "off",
      // Flags of TypeScript are sets of bits, some of which only its internals name.
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Tests are about what is in doubt: values of type any, classes that hold one method, `arguments`.
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "prefer-rest-params": "off",
    },
  },
  {
    ...forbid(["runtime/**/*.ts"], {
      regex: `^(?!${IN_RUNTIME})`,
      message:
        "The runtime imports nothing but itself, not even node:, since it runs in browsers and workers and has no dependencies.",
    }),
    ignores: ["runtime/{redis,memcached,testing}/**"],
  },
  forbid(["runtime/testing/**"], {
    regex: `^(?!${IN_RUNTIME}|node:assert/strict$)`,
    message:
      "The suite for drivers runs under any test runner: it takes its runner as an argument and uses the assertions of Node.js.",
  }),
  ...[
    ["redis", "ioredis"],
    ["memcached", "memjs"],
  ].map(([store, client]) =>
    forbid([`runtime/${store}/**`], {
      regex: `^(?!${IN_RUNTIME}|node:|${client}$)`,
      message: `Only runtime/${store} imports ${client}: users of another store have not installed it.`,
    }),
  ),
  forbid(["src/**/*.ts"], ...SRC),
  forbid(["src/emit/**"], ...SRC, {
    regex: "^ts-morph$",
    message:
      "The emitter never sees a syntax tree: it edits text from plain data, and is tested without a compiler.",
  }),
  ...[1, 2, 3].map((depth) => {
    const files = `plugin/${"*/".repeat(depth - 1)}*.ts`;
    const up = "\\.\\./".repeat(depth);
    return forbid(
      [files],
      {
        regex: `^${up}(?!src/index\\.ts$)`,
        message:
          "Integrations import the compiler from src/index.ts only, so that all of them emit the same text; nothing of the runtime runs in a build.",
      },
      {
        regex: `^(?!\\.\\.?/|node:|(?:${VENDORED.join("|")})$)`,
        allowTypeImports: true,
        message:
          "An integration imports only types of its host, because the host loads it. Small libraries that are published with aotcache are the exception.",
      },
    );
  }),
);
