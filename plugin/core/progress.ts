import type { ScanStep } from "./scan.ts";

/** The stream of a terminal, a pipe or a file. */
interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** With fewer files, the work is done before anyone could read the line. */
const MIN_FILES: Readonly<Record<ScanStep["phase"], number>> = { reading: 200, compiling: 20 };
/** A remote terminal may be slower than the work, so not every file updates the line. */
const MAX_UPDATES = 100;

/** A line that shows the progress in a large project. Written to terminals only, not to pipes and files. */
export interface Progress {
  step(step: ScanStep): void;
  /** Erases the line. */
  clear(): void;
}

/** Creates a progress line. */
export function progressOn(output: Stream): Progress {
  let shown = false;
  return {
    step({ phase, done, total, path }) {
      if (output.isTTY !== true || total < MIN_FILES[phase] || done % Math.ceil(total / MAX_UPDATES) !== 0)
        return;
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
