import type { ObjectExpression } from "@babel/types";
import { type ConfigFile, UnclearConfigError } from "./config-file.ts";
import { SINGLETONS, usesNest } from "./nest.ts";
import type { PackagePlan } from "./plan.ts";

/** Puts `aotcache/jest` in front of the transformers of Jest. */
export function planJest(plan: PackagePlan): void {
  const files = [
    ...plan.files(/^jest[\w.-]*\.config\.(?:[cm]?[jt]s|json)$/),
    // That of Nest's template.
    ...(plan.read("test/jest-e2e.json") === undefined ? [] : ["test/jest-e2e.json"]),
    ...(plan.manifest.jest ? ["package.json"] : []),
  ];
  if (files.length === 0 && !plan.runs(/(?<![\w./@-])jest\b/)) return;
  plan.tools.add("Jest");
  const options = usesNest(plan) ? { singletons: SINGLETONS } : {};
  if (files.length === 0)
    plan.write(
      "jest.config.mjs",
      `export default {\n  transform: { "\\\\.[jt]sx?$": ${transformerText(options)} },\n};\n`,
    );
  for (const file of files)
    plan.edit({
      file,
      mark: "aotcache/jest",
      change(config) {
        const [root, ...others] = config.exported();
        const object = file === "package.json" ? config.objectIn(root!, "jest")! : root!;
        for (const each of [object, ...others]) changeProjects(config, each, options);
      },
      advice:
        'Write `"aotcache/jest"`, with the transformer of now as its option `transformer`, in `transform`.',
    });
}

function changeProjects(config: ConfigFile, object: ObjectExpression, options: object): void {
  if (config.textOf(object, "projects")?.includes("{")) throw new UnclearConfigError();
  changeTransform(config, object, options);
}

function changeTransform(config: ConfigFile, object: ObjectExpression, options: object): void {
  const transform = config.objectIn(object, "transform");
  const preset = config.textOf(object, "preset") ?? "";
  if (preset !== "" && !preset.includes("ts-jest")) throw new UnclearConfigError();
  if (!transform) {
    // The presets of ts-jest for TypeScript alone leave JavaScript as it is.
    const pattern = preset === "" || preset.includes("js-with") ? ANY_SCRIPT : TYPESCRIPT;
    const esm = preset.includes("esm") ? { transformer: ["ts-jest", { useESM: true }] } : {};
    config.set(
      object,
      "transform",
      `{ ${JSON.stringify(pattern)}: ${transformerText({ ...esm, ...options })} }`,
    );
    return;
  }
  const isChanged = config.changeValues(transform, (text, pattern) =>
    isForScripts(pattern) ? wrappedTransformer(text, options) : undefined,
  );
  if (isChanged) return;
  if (!config.hasSpread(transform)) throw new UnclearConfigError();
  // The patterns of ts-jest's presets come from a call.
  config.prepend(transform, TYPESCRIPT, transformerText(options));
}

const ANY_SCRIPT = String.raw`\.[jt]sx?$`;
const TYPESCRIPT = String.raw`\.tsx?$`;

const transformerText = (options: object): string =>
  Object.keys(options).length === 0 ? '"aotcache/jest"' : `["aotcache/jest", ${spaced(options)}]`;

/** JSON with spaces: `{ "a": ["b"] }`. */
const spaced = (value: object): string =>
  JSON.stringify(value, undefined, 1).replace(/\n\s*/g, " ").replaceAll("[ ", "[").replaceAll(" ]", "]");

function wrappedTransformer(text: string, options: object): string | undefined {
  if (!/^\[?\s*["']/.test(text)) return undefined;
  const others = Object.entries(options).map(([name, value]) => `, "${name}": ${JSON.stringify(value)}`);
  const parts = [`["aotcache/jest", { "transformer": `, `${others.join("")} }]`];
  // With the quotes of the transformer.
  const [before, after] = text.includes("'")
    ? parts.map((part) => part.replace(/"(\w+)":/g, "$1:").replaceAll('"', "'"))
    : parts;
  return `${before!}${text}${after!}`;
}

function isForScripts(pattern: string): boolean {
  try {
    const matcher = new RegExp(pattern);
    return ["/a.ts", "/a.tsx", "/a.js"].some((path) => matcher.test(path));
  } catch {
    return false;
  }
}
