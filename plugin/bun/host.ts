/** The part of Bun's interface for plugins that is used. Its types need not be installed. */

/** A file that Bun loads. */
export interface BunFile {
  readonly path: string;
  /** Only in `Bun.build`. */
  readonly loader?: string;
}

/** The text of a file, and how Bun compiles it: `ts`, `tsx`, `js` or `jsx`; or, in a program, what the file exports. */
export type BunOutput =
  | { readonly contents: string; readonly loader: string }
  | { readonly exports: object; readonly loader: "object" };

type Awaitable<T> = T | Promise<T>;

/** What Bun passes to a plugin. */
export interface BunPluginBuilder {
  /** Only in `Bun.build`. */
  readonly config?: object;
  onLoad(
    where: { readonly filter: RegExp },
    load: (file: BunFile) => Awaitable<BunOutput | undefined>,
  ): unknown;
  /** Only in `Bun.build`, from Bun 1.2.22 on. */
  onEnd?(end: (result: { readonly success: boolean }) => Awaitable<void>): unknown;
}

/** A plugin for `Bun.build` and `Bun.plugin`. */
export interface BunPlugin {
  readonly name: string;
  setup(build: BunPluginBuilder): void;
}

/** The global object of Bun; `undefined` elsewhere. */
export const bun: { plugin(plugin: BunPlugin): unknown } | undefined = (globalThis as { Bun?: never }).Bun;

/** How Bun compiles a file, by its name. */
export const loaderOf = (path: string): string => /[jt]sx?$/.exec(path)![0];
