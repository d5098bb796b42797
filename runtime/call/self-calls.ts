import { idOf, keyTextAt } from "./key-text.ts";
import { builtinModule } from "../platform/builtin-module.ts";
import { CacheError } from "../contract/errors.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";
import type { Call } from "./slow-path.ts";
import { nameWithPlace } from "./name-with-place.ts";

/** A run in flight that code belongs to, behind an `await` too, and the run that it is part of. */
interface RunContext {
  readonly call: Call;
  readonly flight: Flight;
  readonly outer: RunContext | undefined;
}

/** The members of `AsyncLocalStorage` in use. */
interface ContextStorage {
  run<R>(context: RunContext, work: () => R): R;
  getStore(): RunContext | undefined;
}

/** The used part of `node:async_hooks`. */
interface AsyncHooks {
  readonly AsyncLocalStorage: new () => ContextStorage;
}

/** Enables the check for runs that wait for themselves. Only where a run can be told by its asynchronous context. */
export function enableSelfCalls(): void {
  if (features.selfCalls) return;
  const hooks = builtinModule("node:async_hooks") as AsyncHooks | undefined;
  if (hooks) features.selfCalls = selfCallsOf(new hooks.AsyncLocalStorage());
}

function selfCallsOf(storage: ContextStorage): NonNullable<typeof features.selfCalls> {
  return {
    run(call, flight) {
      // A run that has ended waits for nothing. A timer that it started must not keep it alive.
      let outer = storage.getStore();
      while (outer?.flight.ended) ({ outer } = outer);
      return storage.run({ call, flight, outer }, () => call.run());
    },
    rejection(call, flight) {
      const through: string[] = [];
      for (let at = storage.getStore(); at; at = at.outer) {
        if (at.flight === flight || at.flight.together?.has(flight))
          return Promise.reject(selfCallError(call, through));
        through.unshift(nameWithPlace(at.call.cachedFn));
      }
      return undefined;
    },
  };
}

function selfCallError({ cachedFn, place }: Call, through: readonly string[]): CacheError {
  const by = through.length > 0 ? `, through ${through.join(" and ")},` : "";
  return new CacheError(
    "recursion-same-key",
    `The run of ${keyTextAt(cachedFn, place) ?? idOf(cachedFn)} calls ${nameWithPlace(cachedFn)} with the same key${by} and would wait for itself forever; move what is repeated into a function that is not cached, or write \`lock=none\`.`,
  );
}
