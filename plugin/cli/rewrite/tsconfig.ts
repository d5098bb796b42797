/** Adapts a tsconfig to its place in a copy of the project, which contains sources and no installed packages. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type ts from "typescript";

/** A tsconfig and the copy of its project. */
export interface Relocation {
  readonly TS: typeof ts;
  /** The original path of the tsconfig. */
  readonly path: string;
  readonly text: string;
  /** The original folder that `${configDir}` stands for. */
  readonly configDir: string;
  /** Whether the copy contains this file or folder, by its original path. */
  readonly isCopied: (path: string) => boolean;
  /** Returns the path in the copy. */
  readonly placeOf: (path: string) => string;
}

/**
 * Returns the text of the tsconfig for the copy. Relative paths to what the copy contains stay as they are, and all
 * others, such as `./node_modules/@types` in `typeRoots`, lead to the original. Paths of output stay too: the copy has
 * output of its own.
 */
export function relocatedTsconfig(relocation: Relocation): string {
  const { TS, path, text, isCopied } = relocation;
  const source = TS.parseJsonText(path, text);
  const settings = [...settingsIn(TS, source)];
  const baseUrl = settings.find(({ name }) => name === "compilerOptions.baseUrl")?.value.text;
  let result = text;
  for (const { name, value } of settings.reverse()) {
    const isTypeRoot = name === "compilerOptions.typeRoots";
    if (!isTypeRoot && !PATH.test(name) && !(PATH_OR_PACKAGE.test(name) && RELATIVE.test(value.text)))
      continue;
    const base = name.startsWith("compilerOptions.paths.") ? baseUrl : undefined;
    const target = targetOf(value.text, relocation, base);
    const isHere = target && isCopied(target.fixed);
    if (!target || (isHere && !isTypeRoot)) continue;
    // The copy may contain some packages of a folder. TypeScript takes each from the first folder that has it.
    const texts = isHere ? [value.text, target.text] : [target.text];
    const list = texts.map((each) => JSON.stringify(each)).join(", ");
    result = result.slice(0, value.getStart(source)) + list + result.slice(value.end);
  }
  return result;
}

/** The settings that hold paths of input. */
const PATH = /^(?:files|include|compilerOptions\.(?:baseUrl|paths\..*))$/;

/** The settings that hold names of packages, or paths that start with a dot. */
const PATH_OR_PACKAGE = /^(?:extends|compilerOptions\.(?:types|plugins\.(?:name|transform|import)))$/;

const RELATIVE = /^\.\.?\/|^\$\{configDir\}/;

interface Setting {
  /** The names of the properties around the value: `compilerOptions.types`. */
  readonly name: string;
  readonly value: ts.StringLiteral;
}

/** Yields the texts in a tsconfig, in source order. */
function* settingsIn(TS: typeof ts, node: ts.Node, names: readonly string[] = []): Generator<Setting> {
  if (TS.isStringLiteral(node)) yield { name: names.join("."), value: node };
  else if (TS.isPropertyAssignment(node)) {
    if (TS.isStringLiteral(node.name)) yield* settingsIn(TS, node.initializer, [...names, node.name.text]);
  } else {
    const children: ts.Node[] = [];
    TS.forEachChild(node, (child) => void children.push(child));
    for (const child of children) yield* settingsIn(TS, child, names);
  }
}

const CONFIG_DIR = /^\$\{configDir\}\/?/;

/**
 * Returns where a path leads to: the part before its first wildcard, and the whole path as a tsconfig in the copy writes
 * it. Returns undefined for absolute paths and for what does not exist.
 *
 * @param base the folder that the path starts from, relative to the tsconfig
 */
function targetOf(
  text: string,
  { path, configDir, placeOf }: Relocation,
  base: string = ".",
): { readonly fixed: string; readonly text: string } | undefined {
  if (isAbsolute(text)) return undefined;
  const usesConfigDir = CONFIG_DIR.test(text);
  const folder = usesConfigDir ? configDir : resolve(dirname(path), base);
  const target = join(folder, text.replace(CONFIG_DIR, ""));
  const fixed = target.replace(/[\\/]?[^\\/]*\*.*$/s, "");
  if (!existsSync(fixed) && !existsSync(`${fixed}.json`)) return undefined;
  const fromCopy = relative(placeOf(folder), target).split(sep).join("/");
  return { fixed, text: usesConfigDir ? `\${configDir}/${fromCopy}` : fromCopy.replace(/^(?!\.)/, "./") };
}
