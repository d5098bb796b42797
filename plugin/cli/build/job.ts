import type { CompilerOptions } from "../../../src/index.ts";
import type { Session } from "../../tsc/session.ts";
import type { Installed } from "./typescript.ts";

/** One run of `aotcache build`. */
export interface Job {
  /** The tsconfig; absolute. */
  readonly path: string;
  /** Where the command was started; paths are printed from here. */
  readonly folder: string;
  readonly watch: boolean;
  readonly session: Session;
  readonly installed: Installed;
  readonly options: CompilerOptions;
}

/** Says why nothing will be there, where a tsconfig is only for an editor or a bundler. */
export function noteNoEmit({ path }: Job, options: { readonly noEmit?: boolean } | undefined): void {
  if (options?.noEmit) process.stderr.write(`aotcache: ${path} says \`noEmit\`, so nothing is written.\n`);
}
