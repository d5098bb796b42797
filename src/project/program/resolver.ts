/** Resolves imports. Remembers those that did not resolve: they may resolve after the next edit. */
import { ts } from "ts-morph";
import { stampOf } from "../files/disk.ts";

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
  /** Unresolved relative imports and path aliases. */
  readonly #unresolved = new Map<string, Unresolved>();
  /** The {@link stampOf} of each package.json that was looked up outside of installed packages. */
  readonly #packageStamps = new Map<string, string>();
  #cache: ts.ModuleResolutionCache;

  constructor({ options, root, host }: ResolverOptions) {
    this.#options = options;
    this.#root = root;
    const fileExists = (path: string): boolean => {
      this.#notePackage(path);
      return host.fileExists(path);
    };
    this.#host = { ...host, fileExists };
    this.#cache = this.#newCache();
  }

  get cache(): ts.ModuleResolutionCache {
    return this.#cache;
  }

  /** Drops all resolutions. */
  clear(): void {
    this.#packageStamps.clear();
    this.#cache = this.#newCache();
  }

  resolve(specifier: string, from: string, mode: ts.ResolutionMode): Resolution {
    return ts.resolveModuleName(specifier, from, this.#options, this.#host, this.#cache, undefined, mode);
  }

  /** Resolves an import of the project, and remembers it if it does not resolve. */
  resolveTracked(specifier: string, from: string, mode: ts.ResolutionMode): Resolution {
    const result = this.resolve(specifier, from, mode);
    if (!result.resolvedModule && !from.includes("/node_modules/") && this.#isRelativeOrAlias(specifier)) {
      this.#unresolved.set(`${from}\0${specifier}`, { specifier, from, mode });
    }
    return result;
  }

  /** Tells whether a package.json has changed, appeared or vanished since it was looked up. */
  get hasChangedPackages(): boolean {
    return [...this.#packageStamps].some(([path, stamp]) => stampOf(path) !== stamp);
  }

  /** Tries the unresolved imports of some files again. Returns whether one resolves now. */
  retry(selects: (from: string) => boolean): boolean {
    let hasResolved = false;
    const cache = this.#newCache();
    for (const [key, { specifier, from, mode }] of this.#unresolved) {
      if (!selects(from)) continue;
      const result = ts.resolveModuleName(specifier, from, this.#options, this.#host, cache, undefined, mode);
      if (!result.resolvedModule) continue;
      hasResolved = true;
      this.#unresolved.delete(key);
    }
    return hasResolved;
  }

  formatOf(path: string): ts.ResolutionMode {
    const packages = this.#cache.getPackageJsonInfoCache();
    return ts.getImpliedNodeFormatForFile(path, packages, this.#host, this.#options);
  }

  #isRelativeOrAlias(specifier: string): boolean {
    return specifier.startsWith(".") || this.#options.paths !== undefined;
  }

  #notePackage(path: string): void {
    if (path.endsWith("/package.json") && !path.includes("/node_modules/"))
      this.#packageStamps.set(path, stampOf(path));
  }

  #newCache(): ts.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.#root, canonical, this.#options);
  }
}

export const canonical = (name: string): string =>
  ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase();
