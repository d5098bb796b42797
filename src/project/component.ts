/** The scripts of a component (`.vue`, `.svelte`), as the TypeScript or JavaScript file that the compiler sees. */
import type { Span } from "../site.ts";

/** What stands between `<script>` and `</script>`. */
export interface Script extends Span {
  /** It runs for each instance of the component, and not once for the module. */
  readonly perInstance: boolean;
}

export interface Component {
  /** Where the compiler finds the scripts: beside the component, under a name that no import leads to. */
  readonly path: string;
  /** Blanks for all but the scripts, so that every offset and line is that of the component. */
  readonly text: string;
  /** In the order of the text: one for the module, one for the instances, or one of them. */
  readonly scripts: readonly Script[];
}

/** Returns a component's scripts; undefined for a file that is none. */
export function componentOf(path: string, text: string): Component | undefined {
  if (!/\.(?:vue|svelte)$/.test(path)) return undefined;
  const isSvelte = path.endsWith(".svelte");
  const tags = [...text.matchAll(TAG)].flatMap((match) => tagOf(match, isSvelte) ?? []);
  const first = (perInstance: boolean): Tag | undefined =>
    tags.find((tag) => tag.script.perInstance === perInstance);
  const scripts = [first(false), first(true)]
    .flatMap((tag) => tag?.script ?? [])
    .sort((one, other) => one.start - other.start);
  const macros = `import "${isSvelte ? "svelte" : "vue"}";`;
  return { path: `${path}<script>.${languageOf(tags)}`, text: masked(text, scripts, macros), scripts };
}

const LANGUAGES = ["tsx", "ts", "jsx", "js"] as const;
type Language = (typeof LANGUAGES)[number];

/** Comments, which are passed over, and script tags with attributes and content, as Svelte's preprocessor sees them. */
const TAG =
  /<!--[^]*?-->|<script((?:\s+[^=>'"/\s]+=(?:"[^"]*"|'[^']*'|[^>\s]+)|\s+[^=>'"/\s]+)*\s*)>([^]*?)<\/script\s*>/gi;

const ATTRIBUTE = /([^=>'"/\s]+)(?:=(?:"([^"]*)"|'([^']*)'|([^>\s]+)))?/g;

interface Tag {
  readonly script: Script;
  readonly language: Language;
}

function tagOf(match: RegExpExecArray, isSvelte: boolean): Tag | undefined {
  const [all, head, content] = match;
  if (head === undefined || content === undefined) return undefined;
  const attributes = new Map(
    [...head.matchAll(ATTRIBUTE)].map(([, name, ...values]) => [name!, values.find((value) => value) ?? ""]),
  );
  const type = attributes.get("type") ?? "";
  const written = attributes.get("lang") ?? (/typescript$/.test(type) ? "ts" : "js");
  const language = LANGUAGES.find((each) => each === written.replace("typescript", "ts"));
  // Data, templates, languages that are none of ours.
  if (!language || !/^(?:module|(?:text|application)\/(?:java|type)script)?$/.test(type)) return undefined;
  const isModule = attributes.has("module") || attributes.get("context") === "module";
  const perInstance = isSvelte ? !isModule : attributes.has("setup");
  const end = match.index + all.lastIndexOf("</");
  const start = end - content.length;
  return { script: { start, end, perInstance }, language };
}

function languageOf(tags: readonly Tag[]): Language {
  return LANGUAGES.find((each) => tags.some(({ language }) => language === each)) ?? "js";
}

/**
 * In the place of a tag that has room for it stands an import of what declares the framework's macros, which
 * components call without one: `defineProps()`, `$props()`.
 */
function masked(text: string, scripts: readonly Script[], macros: string): string {
  const blank = (part: string): string => part.replace(/[^\r\n\u2028\u2029]/g, " ");
  let at = 0;
  let out = "";
  for (const { start, end } of scripts) {
    const before = blank(text.slice(at, start));
    const hasRoom = /[^\r\n\u2028\u2029]*$/.exec(before)![0].length >= macros.length;
    out += hasRoom ? before.slice(0, -macros.length) + macros : before;
    out += text.slice(start, end);
    at = end;
  }
  return out + blank(text.slice(at));
}
