/** Gives TypeScript access to the disk, and records every fact that a result may depend on. */
import { ts } from "ts-morph";
import type { Libraries } from "./libraries.ts";
import type { ParsedFiles } from "./parsed-files.ts";
import { absolute } from "../files/paths.ts";
import { hashOf, type DiskQuery, type Trace } from "../files/trace.ts";

/** The resources that all projects of a workspace share. */
export interface SharedResources {
  readonly libraries: Libraries;
  readonly parsed: ParsedFiles;
  readonly trace: Trace;
}

type TracedHost = Required<
  Pick<ts.CompilerHost, "fileExists" | "readFile" | "directoryExists" | "getDirectories" | "realpath">
>;

/** @param isLoaded whether the project has the text of a file, which then need not be on disk */
export function tracedHost(
  { libraries, trace }: Pick<SharedResources, "libraries" | "trace">,
  isLoaded: (path: string) => boolean,
): TracedHost {
  const record = (query: DiskQuery, path: string, result: string): void => {
    trace.record(query, absolute(path), result);
  };
  return {
    fileExists(path) {
      const exists = ts.sys.fileExists(path) || isLoaded(path);
      // The existence of a source of the project follows from its text, which is a fact of the files that import it.
      if (!exists) record("file", path, "");
      else if (path.includes("/node_modules/")) record("file", path, "yes");
      return exists;
    },
    readFile(path) {
      if (libraries.contains(path)) return libraries.read(path);
      const text = ts.sys.readFile(path);
      record("text", path, text === undefined ? "" : hashOf(text));
      return text;
    },
    directoryExists(path) {
      const exists = ts.sys.directoryExists(path);
      if (!exists) record("folder", path, "");
      return exists;
    },
    getDirectories(path) {
      const names = ts.sys.getDirectories(path);
      record("folders", path, names.join("\n"));
      return names;
    },
    realpath(path) {
      const real = ts.sys.realpath?.(path) ?? path;
      record("real", path, absolute(real));
      return real;
    },
  };
}
