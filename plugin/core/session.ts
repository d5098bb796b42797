/** Compiles the files of a project synchronously, for Jest and Bun, which do not tell when a file changes. */
import { createLazyCompilerSync, stampOf, type Compilation, type CompilerOptions } from "../../src/index.ts";
import { createOnLoad, type OnLoad } from "./on-load.ts";
import { optionsKey } from "./options-key.ts";

export interface Session extends Pick<OnLoad, "sourceOf" | "settle"> {
  compile(path: string, text: string): Compilation;
  /** Looks for files that changed. */
  refresh(): void;
}

interface Result {
  readonly text: string;
  readonly compilation: Compilation;
}

const sessions = new Map<string, Session>();

/** Returns the session of a project with these options. Jest creates a transformer for each test file; they share it. */
export function sessionOf(options: CompilerOptions, root: string): Session {
  const key = optionsKey(root, options);
  let session = sessions.get(key);
  if (!session) sessions.set(key, (session = createSession(options, root)));
  return session;
}

function createSession(options: CompilerOptions, root: string): Session {
  const { sourceOf, settle } = createOnLoad({ ...options, root });
  const compiler = createLazyCompilerSync({ ...options, root });
  const results = new Map<string, Result>();
  const stamps = new Map<string, string>();
  return {
    sourceOf,
    settle,
    compile(path, text) {
      // Jest asks for the key of a file, and then for its output.
      const known = results.get(path);
      if (known?.text === text) return known.compilation;
      const compilation = compiler.compile(path, text);
      results.set(path, { text, compilation });
      for (const file of [path, ...compilation.dependencies]) {
        if (!stamps.has(file)) stamps.set(file, stampOf(file));
      }
      return compilation;
    },
    refresh() {
      const changed = [...stamps].filter(([path, stamp]) => stampOf(path) !== stamp);
      if (changed.length === 0) return;
      results.clear();
      for (const [path] of changed) {
        stamps.delete(path);
        compiler.invalidate(path);
      }
    },
  };
}
