/** Kinds of files, recognised by the ends of their names. */

/** Declaration files: they can declare names that every file of a project sees without an import. */
export const DECLARATION_FILE: RegExp = /\.d\.[cm]?ts$/;

/** TypeScript, including declaration files. */
export const TYPESCRIPT_FILE: RegExp = /\.[cm]?tsx?$/;

/** TypeScript without declaration files. */
export const TYPESCRIPT_SOURCE: RegExp = /(?<!\.d)\.[cm]?tsx?$/;

export const JAVASCRIPT_FILE: RegExp = /\.[cm]?jsx?$/;

/** Whether the compiler searches a file for types: TypeScript, and JavaScript if the tsconfig takes it. */
export function isSourceName(name: string, takesJavaScript: boolean): boolean {
  return TYPESCRIPT_FILE.test(name) || (takesJavaScript && JAVASCRIPT_FILE.test(name));
}

/** Files of Vue, Svelte and Astro, whose scripts are compiled. */
export const COMPONENT_FILE: RegExp = /\.(?:vue|svelte|astro)$/;

/** Of two sources that differ only in these extensions, tsc takes the first, unless an import names the other. */
const PRIORITIES = [
  [".ts", ".tsx", ".d.ts", ".js", ".jsx"],
  [".cts", ".d.cts", ".cjs"],
  [".mts", ".d.mts", ".mjs"],
];

/** Whether a tsconfig leaves out a source because of another one of the folder: `a.d.ts` because of `a.ts`. */
export function isShadowed(name: string, names: ReadonlySet<string>): boolean {
  const [, stem, extension] = /^(.+?)((?:\.d)?\.[cm]?[jt]sx?)$/.exec(name) ?? [];
  const group = PRIORITIES.find((each) => each.includes(extension!)) ?? [];
  const isScript = extension === ".js" || extension === ".jsx";
  return group
    .slice(0, group.indexOf(extension!))
    .some((other) => names.has(stem! + other) && !(isScript && other === ".d.ts"));
}
