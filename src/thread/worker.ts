/** The thread of the compiler. It is the only one that loads TypeScript. */
import { parentPort, workerData } from "node:worker_threads";
import { BuildCache } from "../build-cache/index.ts";
import type { Caller } from "../callers.ts";
import { isInputError } from "../diagnostics/input-error.ts";
import { type CreateOptions, loaderOf, resolveCreateOptions } from "../load.ts";
import { printTimings } from "../timing.ts";
import { readText } from "../project/files/disk.ts";
import { markedFiles } from "./marked-files.ts";
import type { Answer, Request } from "./messages.ts";

/** Types that an edit will need are loaded when no file was requested for this long. */
const IDLE_MS = 1000;

const resolved = resolveCreateOptions(workerData as CreateOptions);
const cache = new BuildCache(resolved);
/** Paths of files without a stored result. They are compiled as soon as no request is waiting. */
const uncompiled = new Set<string>();
/** Paths of files that were answered from the build cache. They are compiled when the thread is idle. */
const known = new Set<string>();
/** Whether no request came for {@link IDLE_MS}. */
let isIdle = false;
let timer: NodeJS.Timeout | undefined;

parentPort!.on("message", (request: Request) => {
  isIdle = false;
  void handle(request).then(schedule);
});

async function handle(request: Request): Promise<void> {
  switch (request.kind) {
    case "compile":
      return answer({
        number: request.number,
        ...(await outcomeOf(() => compiled(request.path, request.text))),
      });
    case "changes":
      return answer({ number: request.number, ...(await outcomeOf(() => changesBy(request.callers))) });
    case "known":
      cache.lookup(request.path, request.text);
      known.add(request.path);
      // An edit of a body needs TypeScript, though no types.
      await loaderOf(resolved);
      return;
    case "invalidate":
      cache.invalidate(request.path);
      return;
    case "preload":
      for (const path of markedFiles(request)) uncompiled.add(path);
      return;
    case "flush":
      cache.flush();
      if (process.env["AOTCACHE_TIMING"]) printTimings();
      answer({ number: request.number });
  }
}

function answer(answer: Answer): void {
  parentPort!.postMessage(answer);
}

type Outcome = Omit<Answer, "number">;

async function outcomeOf(run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    const { message, stack } = error as Error;
    return { failure: { message, stack, isInputError: isInputError(error) } };
  }
}

async function compiled(path: string, text: string): Promise<Outcome> {
  const known = cache.lookup(path, text);
  return { compilation: known ?? cache.compile(path, text, await loaderOf(resolved)) };
}

async function changesBy(callers: readonly Caller[]): Promise<Outcome> {
  return { changes: cache.findChanges(callers, await loaderOf(resolved)) };
}

/** Preloads one file after the other, and lets requests go first. */
function schedule(): void {
  clearTimeout(timer);
  if (uncompiled.size + known.size === 0) return;
  timer = setTimeout(() => void preloadNext().then(schedule), uncompiled.size > 0 || isIdle ? 0 : IDLE_MS);
}

async function preloadNext(): Promise<void> {
  if (uncompiled.size === 0) isIdle = true;
  const [paths] = uncompiled.size > 0 ? [uncompiled] : [known];
  const [path] = paths;
  paths.delete(path!);
  const text = readText(path!);
  if (text === undefined || (paths === uncompiled && cache.has(path!, text))) return;
  try {
    cache.preload(path!, text, await loaderOf(resolved));
  } catch {
    // A request of the file reports the error.
  }
}
