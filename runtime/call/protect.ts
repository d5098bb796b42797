import type { SpecOptions } from "../contract/spec.ts";
import { isUnshapedSlots } from "../key/slots.ts";
import { copy as copyOf, copyAgain, freeze, reachable } from "./copy.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";
import { enableRefusals } from "./refuse.ts";
import type { Call } from "./slow-path.ts";

/** Enables the option `copy`. */
export function enableCopy(): void {
  enableRefusals();
  features.protect = protect;
  features.shareCopies = shareCopies;
  features.copyAgain = copyAgain;
}

/** See `Features`. Takes a copy before the first caller gets the result, which it may change. */
function shareCopies({ cachedFn }: Call, flight: Flight): void {
  if (cachedFn.options.copy !== "clone") return;
  flight.promise = flight.promise!.then((value) => {
    if (!flight.joined) return value;
    try {
      const copy = protect(value, "clone");
      flight.answerJoined ??= () => copyAgain(copy);
    } catch {
      // What cannot be copied is not stored either. Those who share its run share it.
    }
    return value;
  });
}

function protect(value: unknown, copy: SpecOptions["copy"], call?: Call): unknown {
  try {
    if (copy === "freeze") {
      if (typeof value !== "object" || value === null) return value;
      return call ? freeze(value, ownedBy(call)) : freezeCopy(value);
    }
    return copyOf(value);
  } catch (cause) {
    if (call) features.warnings?.unstored(call.cachedFn, `${NOT_COPYABLE}.`);
    throw new TypeError(`the result is not stored: ${NOT_COPYABLE}`, { cause });
  }
}

/** Freezes a copy, so that who primes a cache can go on with the value. What cannot be copied stays as it is. */
function freezeCopy(value: unknown): unknown {
  try {
    return freeze(copyOf(value));
  } catch {
    return value;
  }
}

/** Most objects of a receiver that are looked at: a service may lead to all that a program holds. */
const MAX_RECEIVER_OBJECTS = 10_000;

/** Returns the objects that the caller goes on using, and may change. */
function ownedBy({ inputs, args, slots, self }: Call): ReadonlySet<unknown> {
  const keyed = slots && isUnshapedSlots(slots) ? slots.slots : (slots ?? []);
  const owned = reachable([...inputs, ...args, ...keyed]);
  for (const each of reachable([self], MAX_RECEIVER_OBJECTS)) owned.add(each);
  return owned;
}

const NOT_COPYABLE =
  'it cannot be copied or frozen (a function, an instance of a class that configure({ classes }) does not name); write copy: "none"';
