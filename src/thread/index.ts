/**
 * A compiler in a thread of its own, for a host that has other work meanwhile. Stored results are looked up in the
 * thread of the host, because the other one may be busy for seconds.
 */
import { BuildCache } from "../build-cache/index.ts";
import {
  checkCallers,
  type CreateOptions,
  type LazyCompiler,
  loaderOf,
  resolveCreateOptions,
} from "../load.ts";
import { absolute } from "../project/files/paths.ts";
import type { FileSearch } from "./messages.ts";
import { Thread } from "./thread.ts";

/** A {@link LazyCompiler} that loads TypeScript in a thread of its own. */
export interface ThreadedCompiler extends LazyCompiler {
  /** Whether there is a build cache, in which the results outlast the thread. */
  readonly keepsResults: boolean;
  /** Compiles the marked files of a folder that have no stored result, before they are requested. */
  preload(search: FileSearch): void;
  /** Writes pending results and ends the thread. `compile` starts it again. */
  close(): Promise<void>;
}

/**
 * Creates a compiler like `createLazyCompiler`, which loads TypeScript in a thread of its own. After a file was answered
 * from the build cache and a second passed without requests, the thread loads what the file needs to be compiled
 * again, so that its first edit is fast.
 *
 * @throws {Error} when an option is unknown or invalid. The message is one line.
 * @example
 * import { createThreadedCompiler } from "aotcache/compiler";
 *
 * const compiler = createThreadedCompiler();
 * const { code } = await compiler.compile("src/a.ts", "// @cached ttl=10\nexport const f = (n: number) => n;");
 * await compiler.close();
 */
export function createThreadedCompiler(options: CreateOptions = {}): ThreadedCompiler {
  const resolved = resolveCreateOptions(options);
  const cache = new BuildCache(resolved);
  const thread = new Thread({ ...options, root: resolved.root });
  return {
    keepsResults: cache.keepsResults,
    async compile(path, text) {
      const fullPath = absolute(path, resolved.root);
      const known = cache.lookup(fullPath, text);
      if (known) {
        thread.tell({ kind: "known", path: fullPath, text });
        return known;
      }
      if (!thread.isAvailable) return cache.compile(fullPath, text, await loaderOf(resolved));
      const { compilation } = await thread.ask({ kind: "compile", path: fullPath, text });
      cache.claimIds(fullPath, compilation!);
      return compilation!;
    },
    checkCallers: (files, texts) =>
      checkCallers(files, texts, {
        ...{ cache, resolved },
        find: async (callers) =>
          thread.isAvailable
            ? (await thread.ask({ kind: "changes", callers })).changes!
            : cache.findChanges(callers, await loaderOf(resolved)),
      }),
    invalidate(path) {
      const fullPath = absolute(path, resolved.root);
      cache.invalidate(fullPath);
      thread.tell({ kind: "invalidate", path: fullPath });
    },
    preload: (search) => {
      thread.tell({ kind: "preload", ...search });
    },
    flush() {
      cache.flush();
      void thread.ask({ kind: "flush" });
    },
    async close() {
      cache.flush();
      await thread.close();
    },
  };
}
