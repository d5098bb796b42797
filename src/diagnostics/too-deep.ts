/** Code that TypeScript, which follows it by recursion, has too little stack for. */
import type { Span } from "../site.ts";
import { problem } from "./catalogue.ts";
import type { Details } from "./details.ts";
import { InputError } from "./input-error.ts";

/** Code is too long or nested too deeply. In a file with marks, a diagnostic says so. */
export class TooDeepError extends InputError {
  static override readonly name: string = "Error";
  readonly details: Details["too-deep"];
  /** The file that `span` is in. Absolute. */
  readonly path: string;
  readonly span: Span;

  constructor(path: string, span: Span, details: Details["too-deep"], options: ErrorOptions) {
    const { message, help } = problem("too-deep", span, details);
    super(`${message} ${help}`, options);
    this.details = details;
    this.path = path;
    this.span = span;
  }
}

/** Whether an error says that code called itself too often. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/i.test(error.message);
}
