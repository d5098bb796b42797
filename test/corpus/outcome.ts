/** Compiles one function of the corpus, and again with what the help of its diagnostics offers. */
import type { Compiler, Diagnostic } from "aotcache/compiler";
import { accept, offersIn } from "../support/offers.ts";

export interface Outcome {
  /**
   * - `aside`: it returns nothing, or what can be read once, or it changes what its arguments hold.
   * - `at once`, `one offer`, `more offers`: it compiles, with what the first help of its diagnostics offers.
   * - `instances`: it takes instances of classes, or functions deeper in an object, and no option names what it reads.
   * - `refused`: no offer ends the errors.
   */
  readonly kind: "aside" | "at once" | "one offer" | "more offers" | "instances" | "refused";
  /** Of the first run, each name once. */
  readonly names: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  /** The pragma that compiles, or the one that was tried last. */
  readonly pragma: string;
}

const MAX_OFFERS = 3;
const PRAGMA = /^.*@cached.*$/m;
const ASIDE = new Set(["function-void", "result-once", "parameter-mutated"]);

/** `text` has one mark, which stands in a line of its own at `at`. */
export function outcomeOf(compiler: Compiler, path: string, text: string, at: number): Outcome {
  const { diagnostics } = compiler.compile(path, text);
  const names = [...new Set(diagnostics.map(({ name }) => name))];
  const outcome = (kind: Outcome["kind"], of: string): Outcome => ({
    kind,
    names,
    diagnostics,
    pragma: PRAGMA.exec(of.slice(at))![0].trim(),
  });
  if (diagnostics.some(({ name }) => ASIDE.has(name))) return outcome("aside", text);
  if (diagnostics.length === 0) return outcome("at once", text);
  let current = text;
  let left: readonly Diagnostic[] = diagnostics;
  for (let offers = 1; offers <= MAX_OFFERS; offers++) {
    // Options that end an error come first: they may end warnings too.
    const first = left.find(({ severity }) => severity === "error") ?? left[0]!;
    const offer = offersIn(first.help)[0];
    if (!offer) break;
    current = accept(current, first, offer);
    left = compiler.compile(path, current).diagnostics;
    if (left.length === 0) return outcome(offers === 1 ? "one offer" : "more offers", current);
  }
  const isInstance = left.some(({ name }) => name === "parameter-unkeyable");
  return outcome(isInstance ? "instances" : "refused", current);
}
