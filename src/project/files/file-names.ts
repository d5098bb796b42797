/** Kinds of files, recognised by the ends of their names. */

/** Declaration files: they can declare names that every file of a project sees without an import. */
export const DECLARATION_FILE: RegExp = /\.d\.[cm]?ts$/;

/** TypeScript, including declaration files. */
export const TYPESCRIPT_FILE: RegExp = /\.[cm]?tsx?$/;

/** TypeScript without declaration files. */
export const TYPESCRIPT_SOURCE: RegExp = /(?<!\.d)\.[cm]?tsx?$/;

export const DECLARATION_EXTENSIONS: readonly string[] = [".d.ts", ".d.mts", ".d.cts"];

export const TYPESCRIPT_EXTENSIONS: readonly string[] = [".ts", ".tsx", ".mts", ".cts"];
