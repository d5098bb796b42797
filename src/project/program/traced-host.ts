/** The disk as TypeScript asks it, with every answer noted that a result may stand on. */
import { ts } from "ts-morph";
import type { Libraries } from "./libraries.ts";
import { absolute } from "../files/paths.ts";
import { hashOf, type DiskQuestion, type Trace } from "../files/trace.ts";

/** What the projects of a workspace share. */
export interface Shared {
  readonly libraries: Libraries;
  readonly trace: Trace;
}

type TracedHost = Required<
  Pick<ts.CompilerHost, "fileExists" | "readFile" | "directoryExists" | "getDirectories" | "realpath">
>;

/** Makes that part of a host; `isTaken` knows the files whose text was given and which need not be on disk. */
export function tracedHost({ libraries, trace }: Shared, isTaken: (path: string) => boolean): TracedHost {
  const note = (question: DiskQuestion, path: string, answer: string): void => {
    trace.note(question, absolute(path), answer);
  };
  return {
    fileExists(path) {
      const exists = ts.sys.fileExists(path) || isTaken(path);
      // That a source of the project is there is told by its text, to those alone who import it.
      if (!exists) note("file", path, "");
      else if (path.includes("/node_modules/")) note("file", path, "yes");
      return exists;
    },
    readFile(path) {
      if (libraries.holds(path)) return libraries.read(path);
      const text = ts.sys.readFile(path);
      note("text", path, text === undefined ? "" : hashOf(text));
      return text;
    },
    directoryExists(path) {
      const exists = ts.sys.directoryExists(path);
      if (!exists) note("folder", path, "");
      return exists;
    },
    getDirectories(path) {
      const names = ts.sys.getDirectories(path);
      note("folders", path, names.join("\n"));
      return names;
    },
    realpath(path) {
      const real = ts.sys.realpath?.(path) ?? path;
      note("real", path, absolute(real));
      return real;
    },
  };
}
