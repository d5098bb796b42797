/** Extracts the scripts of a component (`.vue`, `.svelte`, `.astro`) as one TypeScript or JavaScript file. */
import type { Script } from "../site.ts";
import { COMPONENT_FILE } from "./files/file-names.ts";

export interface Component {
  /** The path of the scripts: in the folder of the component, with a name that no import resolves to. */
  readonly path: string;
  /** The component with blanks instead of everything but the scripts, so that offsets and lines stay the same. */
  readonly text: string;
  /** At most one for the module and one for the instances, in the order of the text. */
  readonly scripts: readonly Script[];
}

/** Returns the scripts of a component. Returns undefined if the file is not a component. */
export function componentOf(path: string, text: string): Component | undefined {
  if (!COMPONENT_FILE.test(path)) return undefined;
  if (path.endsWith(".astro")) return astroComponentOf(path, text);
  const isSvelte = path.endsWith(".svelte");
  const tags = [...text.matchAll(SCRIPT_TAG)].flatMap((match) => parseTag(match, isSvelte) ?? []);
  const firstScript = (perInstance: boolean): ScriptTag | undefined =>
    tags.find((tag) => tag.script.perInstance === perInstance);
  const scripts = [firstScript(false), firstScript(true)]
    .flatMap((tag) => tag?.script ?? [])
    .sort((one, other) => one.start - other.start);
  const macroImport = `import "${isSvelte ? "svelte" : "vue"}";`;
  return {
    path: `${path}<script>.${languageOf(tags)}`,
    text: maskOutside(text, scripts, macroImport),
    scripts,
  };
}

/** The frontmatter of Astro, between two fences, which runs for each request of a page or each use of a component. */
const FRONTMATTER = /^((?:\s|<!--[^]*?-->)*---)[^]*?(?<=[\r\n])[^\S\r\n]*---/;

function astroComponentOf(path: string, text: string): Component {
  const [all, before] = FRONTMATTER.exec(text) ?? [];
  const scripts: Script[] =
    all === undefined
      ? []
      : [{ start: before!.length, end: all.length - 3, perInstance: true, hoistsExports: true }];
  // There is no room before the frontmatter.
  const globals = 'import "astro/env";';
  const end = scripts[0]?.end ?? 0;
  const masked = maskOutside(text, scripts, globals);
  const template = masked.slice(end).replace(" ".repeat(globals.length), globals);
  return { path: `${path}<script>.ts`, text: masked.slice(0, end) + template, scripts };
}

const LANGUAGES = ["tsx", "ts", "jsx", "js"] as const;
type Language = (typeof LANGUAGES)[number];

/** Matches comments, which are skipped, and script tags, with the pattern of Svelte's preprocessor. */
const SCRIPT_TAG =
  /<!--[^]*?-->|<script((?:\s+[^=>'"/\s]+=(?:"[^"]*"|'[^']*'|[^>\s]+)|\s+[^=>'"/\s]+)*\s*)>([^]*?)<\/script\s*>/gi;

const ATTRIBUTE = /([^=>'"/\s]+)(?:=(?:"([^"]*)"|'([^']*)'|([^>\s]+)))?/g;

interface ScriptTag {
  readonly script: Script;
  readonly language: Language;
}

function parseTag(match: RegExpExecArray, isSvelte: boolean): ScriptTag | undefined {
  const [all, attributeText, content] = match;
  if (attributeText === undefined || content === undefined) return undefined;
  const attributes = new Map(
    [...attributeText.matchAll(ATTRIBUTE)].map(([, name, ...values]) => [
      name!,
      values.find((value) => value) ?? "",
    ]),
  );
  const type = attributes.get("type") ?? "";
  const declared = attributes.get("lang") ?? (/typescript$/.test(type) ? "ts" : "js");
  const language = LANGUAGES.find((each) => each === declared.replace("typescript", "ts"));
  // Data, templates, and languages other than TypeScript and JavaScript.
  if (!language || !/^(?:module|(?:text|application)\/(?:java|type)script)?$/.test(type)) return undefined;
  const isModule = attributes.has("module") || attributes.get("context") === "module";
  const perInstance = isSvelte ? !isModule : attributes.has("setup");
  const end = match.index + all.lastIndexOf("</");
  const start = end - content.length;
  return { script: { start, end, perInstance }, language };
}

function languageOf(tags: readonly ScriptTag[]): Language {
  return LANGUAGES.find((each) => tags.some(({ language }) => language === each)) ?? "js";
}

/**
 * Replaces all text outside of the scripts with blanks. If the line has enough room before a script, an import of the
 * framework goes there: that package declares the macros that components call without an import, such as
 * `defineProps()` and `$props()`.
 */
function maskOutside(text: string, scripts: readonly Script[], macroImport: string): string {
  const blank = (part: string): string => part.replace(/[^\r\n\u2028\u2029]/g, " ");
  let position = 0;
  let masked = "";
  for (const { start, end } of scripts) {
    const before = blank(text.slice(position, start));
    const fits = /[^\r\n\u2028\u2029]*$/.exec(before)![0].length >= macroImport.length;
    masked += fits ? before.slice(0, -macroImport.length) + macroImport : before;
    masked += text.slice(start, end);
    position = end;
  }
  return masked + blank(text.slice(position));
}
