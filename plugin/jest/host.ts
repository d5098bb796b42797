/** The part of Jest's interface for transformers that is used. Its packages need not be installed where types are checked. */

/** What Jest passes with a file. */
export interface JestFileOptions {
  readonly config: { readonly rootDir: string };
  /** The configuration of the project as text. */
  readonly configString: string;
  readonly transformerConfig: unknown;
  /** Texts of files, by path. */
  readonly cacheFS?: unknown;
}

/** The output of a transformer. */
export interface JestOutput {
  readonly code: string;
  readonly map?: object | string | null | undefined;
}

/** A transformer of Jest 28 or newer. */
export interface JestTransformer {
  /** Whether the transformer inserts the counters of coverage itself, as babel-jest does. */
  readonly canInstrument?: boolean | undefined;
  process?(text: string, path: string, options: JestFileOptions): JestOutput;
  processAsync?(text: string, path: string, options: JestFileOptions): Promise<JestOutput>;
  getCacheKey?(text: string, path: string, options: JestFileOptions): string;
  getCacheKeyAsync?(text: string, path: string, options: JestFileOptions): Promise<string>;
}
