import { readOption } from "../../runtime/contract/options.ts";

/** Tells whether an option takes a list: `a,b` in a pragma, an array in a call. */
export function takesList(name: string): boolean {
  return "value" in readOption(name, ["a"]);
}
