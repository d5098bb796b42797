/** Where imports lead. What led nowhere is remembered, since it may lead somewhere after the next edit. */
import { ts } from "ts-morph";

type Resolution = ts.ResolvedModuleWithFailedLookupLocations;

interface Unresolved {
  readonly specifier: string;
  readonly from: string;
  readonly mode: ts.ResolutionMode;
}

export interface ResolverOptions {
  readonly options: ts.CompilerOptions;
  readonly root: string;
  readonly host: ts.ModuleResolutionHost;
}

export class Resolver {
  readonly #options: ts.CompilerOptions;
  readonly #root: string;
  readonly #host: ts.ModuleResolutionHost;
  /** Relative imports and aliases. */
  readonly #unresolved = new Map<string, Unresolved>();
  #cache: ts.ModuleResolutionCache;

  constructor({ options, root, host }: ResolverOptions) {
    this.#options = options;
    this.#root = root;
    this.#host = host;
    this.#cache = this.#newCache();
  }

  /** Forgets where imports led. */
  renew(): void {
    this.#cache = this.#newCache();
  }

  resolve(specifier: string, from: string, mode: ts.ResolutionMode): Resolution {
    return ts.resolveModuleName(specifier, from, this.#options, this.#host, this.#cache, undefined, mode);
  }

  /** Resolves an import of one of the program's files, or of one that it leaves out. */
  lead(specifier: string, from: string, mode: ts.ResolutionMode): Resolution {
    const result = this.resolve(specifier, from, mode);
    if (!result.resolvedModule && !from.includes("/node_modules/") && this.#isOwn(specifier)) {
      this.#unresolved.set(`${from}\0${specifier}`, { specifier, from, mode });
    }
    return result;
  }

  /** Tells whether an import that led nowhere, of one of some files, leads somewhere by now. */
  retry(concerns: (from: string) => boolean): boolean {
    let leads = false;
    for (const [key, { specifier, from, mode }] of this.#unresolved) {
      if (!concerns(from)) continue;
      const tried = ts.resolveModuleName(
        specifier,
        from,
        this.#options,
        this.#host,
        undefined,
        undefined,
        mode,
      );
      if (!tried.resolvedModule) continue;
      leads = true;
      this.#unresolved.delete(key);
    }
    return leads;
  }

  formatOf(path: string): ts.ResolutionMode {
    const packages = this.#cache.getPackageJsonInfoCache();
    return ts.getImpliedNodeFormatForFile(path, packages, this.#host, this.#options);
  }

  #isOwn(specifier: string): boolean {
    return specifier.startsWith(".") || this.#options.paths !== undefined;
  }

  #newCache(): ts.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.#root, canonical, this.#options);
  }
}

export const canonical = (name: string): string =>
  ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase();
