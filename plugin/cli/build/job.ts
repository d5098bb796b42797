import type { CompilerOptions } from "../../../src/index.ts";
import type { Session } from "../../tsc/session.ts";
import type { InstalledTypeScript } from "./typescript.ts";

/** One run of `aotcache build`. */
export interface BuildJob {
  /** The absolute path of the tsconfig. */
  readonly path: string;
  /** The working directory of the command. Printed paths are relative to it. */
  readonly folder: string;
  readonly watch: boolean;
  readonly session: Session;
  readonly installed: InstalledTypeScript;
  readonly options: CompilerOptions;
}

/** Tells why nothing is written if the tsconfig is meant for an editor or a bundler only. */
export function warnOfNoEmit({ path }: BuildJob, options: { readonly noEmit?: boolean } | undefined): void {
  if (options?.noEmit) process.stderr.write(`aotcache: ${path} sets \`noEmit\`, so nothing is written.\n`);
}
