/** The disk, the libraries and the texts in hand, as a program asks for them. */
import { ts } from "ts-morph";
import { tracedHost, type Shared } from "./traced-host.ts";
import { JSDOC } from "./libraries.ts";
import { absolute } from "../files/paths.ts";
import { canonical } from "./resolver.ts";
import type { Pruner } from "../import-pruning/pruner.ts";
import type { DependencyGraph } from "./dependency-graph.ts";

type Resolution = ts.ResolvedModuleWithFailedLookupLocations;

export interface HostOptions {
  readonly root: string;
  readonly shared: Shared;
  readonly dependencies: DependencyGraph;
  readonly pruner: () => Pruner;
  readonly read: (path: string) => ts.SourceFile | undefined;
  /** The file's text was given, and may not be on disk. */
  readonly isTaken: (path: string) => boolean;
  /** The imports of the file are to be resolved again. */
  readonly isOutdated: (path: string) => boolean;
  readonly lead: (specifier: string, from: string, mode: ts.ResolutionMode) => Resolution;
  /** Where the imports of a file lead that was made up. */
  readonly needs: () => Needs;
}

/** A file that was made up, and where its imports lead. */
export interface Needs {
  readonly source: ts.SourceFile;
  readonly targets: ReadonlyMap<string, ts.ResolvedModuleFull>;
}

const NOWHERE: Resolution = { resolvedModule: undefined };

export function newHost(options: HostOptions): ts.CompilerHost {
  const { root, shared, read, isTaken, isOutdated, needs } = options;
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
    // What a bundler made up has no file on disk, yet other files may import it.
    ...tracedHost(shared, isTaken),
    jsDocParsingMode: JSDOC,
    hasInvalidatedResolutions: (path) => isOutdated(path),
    resolveModuleNameLiterals: (literals, from, _redirect, compilerOptions, containing) =>
      literals.map((literal) => {
        if (from === needs().source.fileName) return { resolvedModule: needs().targets.get(literal.text) };
        const mode = ts.getModeForUsageLocation(containing, literal, compilerOptions);
        return leadOf({ literal, containing, from, mode }, options);
      }),
  };
}

interface Import {
  readonly literal: ts.StringLiteralLike;
  readonly containing: ts.SourceFile;
  readonly from: string;
  readonly mode: ts.ResolutionMode;
}

/** Where an import leads: nowhere, if the program leaves it out. */
function leadOf({ literal, containing, from, mode }: Import, host: HostOptions): Resolution {
  const result = host.lead(literal.text, from, mode);
  const to = result.resolvedModule;
  if (!to) {
    host.pruner().forget(from, literal.text, mode);
    return result;
  }
  const leavesOut = host.pruner().isPruned(containing, literal, mode, to);
  const path = absolute(to.resolvedFileName);
  if (leavesOut) host.dependencies.addPruned(from, path);
  else host.dependencies.add(from, path);
  return leavesOut ? NOWHERE : result;
}
