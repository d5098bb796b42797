import type { ScanStep } from "../core/scan.ts";
import type { Output } from "./io.ts";

/** Fewer files are done before one could read a line about them. */
const LARGE: Readonly<Record<ScanStep["phase"], number>> = { reading: 200, compiling: 20 };
/** So many lines in all: a terminal far away is slower than the work. */
const LINES = 100;

/** A line that says how far a large project is, for people only: it writes nothing into a pipe or a file. */
export interface Progress {
  step(step: ScanStep): void;
  /** Takes the line away. */
  clear(): void;
}

export function progressOn(output: Output): Progress {
  let shown = false;
  return {
    step({ phase, done, total, path }) {
      if (output.isTTY !== true || total < LARGE[phase] || done % Math.ceil(total / LINES) !== 0) return;
      const line = `${phase} ${done}/${total} ${path}`;
      output.write(`\r\u001b[2K${line.slice(0, (output.columns ?? 80) - 1)}`);
      shown = true;
    },
    clear() {
      if (shown) output.write("\r\u001b[2K");
      shown = false;
    },
  };
}
