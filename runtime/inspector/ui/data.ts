/** What the page knows: the answers of the API, and what the event stream adds. */
import type { FunctionInfo, InspectedStats } from "../types.ts";

const api = new URL("api/", (document.currentScript as HTMLScriptElement).src);

/** Asks the API. @throws {Error} with the sentence of its answer. */
export async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(new URL(path, api), init).catch(() => {
    throw new Error("The server does not answer.");
  });
  const answer = (await response.json()) as T & { error?: string };
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

/** For what is asked again with the next change. The header says that there is no connection. */
export const leaveAsIs = (): undefined => undefined;

let token: string | undefined;

/** Changes something. */
export async function change(name: "invalidate" | "refresh", body: object): Promise<unknown> {
  token ??= (await ask<{ token: string }>("session")).token;
  try {
    return await ask(name, {
      method: "POST",
      headers: { "content-type": "application/json", "x-aotcache-token": token },
      body: JSON.stringify(body),
    });
  } catch (error) {
    // The server may have started again, with another token.
    token = undefined;
    throw error;
  }
}

/** What calls took in one second, with the cache and without it, in seconds. */
export interface Sample {
  readonly cached: number;
  readonly uncached: number;
}

export const MAX_SAMPLES = 60;

/** One function, with what its calls took lately. */
export interface Known {
  info: FunctionInfo;
  readonly samples: Sample[];
}

export const functions: Map<string, Known> = new Map();

/** Asks for all functions. */
export async function loadFunctions(): Promise<void> {
  const known = new Map(functions);
  functions.clear();
  for (const info of await ask<FunctionInfo[]>("functions"))
    functions.set(info.id, { info, samples: known.get(info.id)?.samples ?? [] });
}

/** Calls `changed` with the ids of functions whose counters have changed. */
export function listen(
  changed: (ids: readonly string[]) => void,
  connected: (isConnected: boolean) => void,
): void {
  const stream = new EventSource(new URL("events?only=stats", api));
  stream.onopen = () => connected(true);
  stream.onerror = () => connected(false);
  stream.addEventListener("stats", ({ data }: MessageEvent<string>) => {
    const all = JSON.parse(data) as readonly { id: string; stats: InspectedStats }[];
    if (all.some(({ id }) => !functions.has(id)))
      loadFunctions().then(
        () => changed([...functions.keys()]),
        () => connected(false),
      );
    else {
      for (const { id, stats } of all) update(functions.get(id)!, stats);
      changed(all.map(({ id }) => id));
    }
  });
}

function update(known: Known, stats: InspectedStats): void {
  const sample = sampleOf(known.info.stats, stats);
  known.info = { ...known.info, stats };
  if (!sample) return;
  known.samples.push(sample);
  if (known.samples.length > MAX_SAMPLES) known.samples.shift();
}

/** What calls took between two states of the counters; `undefined` without calls. */
export function sampleOf(before: InspectedStats, after: InspectedStats): Sample | undefined {
  const added = (name: "hits" | "misses" | "stale" | "runs"): number => after[name] - before[name];
  const answered = added("hits") + added("stale");
  const calls = answered + added("misses");
  const runs = added("runs");
  if (calls <= 0) return undefined;
  const runTime = Math.max(0, after.runs * after.averageRun - before.runs * before.averageRun);
  return {
    cached: (runTime + answered * after.averageHit) / calls,
    uncached: runs > 0 ? runTime / runs : after.averageRun,
  };
}
