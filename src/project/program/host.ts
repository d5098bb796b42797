/** The host of a program. It reads from the disk, the libraries, and the texts that were set. */
import { ts } from "ts-morph";
import { absolute } from "../files/paths.ts";
import type { Pruner } from "../import-pruning/pruner.ts";
import type { DependencyGraph } from "./dependency-graph.ts";
import { JSDOC } from "./libraries.ts";
import { canonical } from "./resolver.ts";
import { tracedHost, type SharedResources } from "./traced-host.ts";

type Resolution = ts.ResolvedModuleWithFailedLookupLocations;

export interface HostOptions {
  readonly root: string;
  readonly shared: SharedResources;
  readonly dependencies: DependencyGraph;
  readonly pruner: () => Pruner;
  readonly read: (path: string) => ts.SourceFile | undefined;
  /** Whether the project has the text of the file, which then need not be on disk. */
  readonly isLoaded: (path: string) => boolean;
  /** Whether imports must be resolved again. */
  readonly hasStaleImports: () => boolean;
  readonly resolve: (specifier: string, from: string, mode: ts.ResolutionMode) => Resolution;
  /** TypeScript takes the package.jsons that it has read from it. */
  readonly resolutions: () => ts.ModuleResolutionCache;
  readonly requiredImports: () => RequiredImports;
}

/** A generated file that imports the files which pruned files require in the program. */
export interface RequiredImports {
  readonly source: ts.SourceFile;
  readonly targets: ReadonlyMap<string, ts.ResolvedModuleFull>;
}

const UNRESOLVED: Resolution = { resolvedModule: undefined };

export function newHost(options: HostOptions): ts.CompilerHost {
  const { root, shared, read, isLoaded, hasStaleImports, requiredImports } = options;
  const { folder } = shared.libraries;
  return {
    getSourceFile: (name) => read(name),
    getDefaultLibLocation: () => folder,
    getDefaultLibFileName: (compilerOptions) => `${folder}/${ts.getDefaultLibFileName(compilerOptions)}`,
    getCurrentDirectory: () => root,
    getCanonicalFileName: canonical,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getNewLine: () => "\n",
    writeFile: () => {},
    // Other files may import a virtual module of a bundler, which is not on disk.
    ...tracedHost(shared, isLoaded),
    jsDocParsingMode: JSDOC,
    getModuleResolutionCache: options.resolutions,
    hasInvalidatedResolutions: hasStaleImports,
    resolveModuleNameLiterals: (literals, from, _redirect, compilerOptions, containing) =>
      literals.map((literal) => {
        if (from === requiredImports().source.fileName)
          return { resolvedModule: requiredImports().targets.get(literal.text) };
        const mode = ts.getModeForUsageLocation(containing, literal, compilerOptions);
        return resolveOrPrune({ literal, containing, from, mode }, options);
      }),
  };
}

interface ImportSpecifier {
  readonly literal: ts.StringLiteralLike;
  readonly containing: ts.SourceFile;
  readonly from: string;
  readonly mode: ts.ResolutionMode;
}

/** Resolves an import. A pruned import stays unresolved until the checker asks for it. */
function resolveOrPrune({ literal, containing, from, mode }: ImportSpecifier, host: HostOptions): Resolution {
  const result = host.resolve(literal.text, from, mode);
  const to = result.resolvedModule;
  if (!to) {
    host.pruner().forgetImport(from, literal.text, mode);
    return result;
  }
  const isPruned = host.pruner().isPruned(containing, literal, mode, to);
  host.dependencies.add(from, absolute(to.resolvedFileName));
  return isPruned ? UNRESOLVED : result;
}
