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
