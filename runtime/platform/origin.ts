import { isProduction } from "./environment.ts";
import { asMicrotask, performance } from "./real-timers.ts";

/** Time in which nobody edits a file and has it evaluated again, in milliseconds. */
const MIN_EDIT_MS = 1000;

/** The part of the program that runs without giving way to the event loop. All functions of a module share one. */
let turn: object | undefined;

function currentTurn(): object {
  if (!turn) {
    turn = {};
    asMicrotask(() => (turn = undefined));
  }
  return turn;
}

/** Where and when a function was defined. Without private fields, because it meets those of other copies of the runtime. */
export class Origin {
  readonly text: string;
  readonly file: string | undefined;
  /** The place in the file or, in production, how the text begins. */
  readonly place: string;
  readonly turn: object = currentTurn();
  readonly time: number = performance.now();

  constructor(fn: object) {
    this.text = Function.prototype.toString.call(fn);
    const caller = isProduction() ? undefined : callerOf(new Error().stack);
    this.file = caller?.file;
    this.place = caller?.place ?? this.text.replace(/\s+/g, " ").replace(/^(.{60}).+$/s, "$1…");
  }

  /**
   * Whether another function is this one, from an earlier evaluation of its module: a development server or a test
   * evaluates it again. Then the texts are equal, or the file was edited in between. Never in production.
   */
  replaces(earlier: Origin): boolean {
    if (isProduction() || this.turn === earlier.turn) return false;
    if (this.text === earlier.text) return true;
    const isEdited = this.file === earlier.file && this.time - earlier.time > MIN_EDIT_MS;
    return isEdited && this.file !== undefined;
  }
}

interface Caller {
  /** Without the query of a development server. */
  readonly file: string;
  /** With line and column. */
  readonly place: string;
}

/** Where this package was called. */
function callerOf(stack = ""): Caller | undefined {
  const callers = stack.split("\n").flatMap((line) => {
    const [, file, at] = /(?:\(|at |@)([^()]*?)(?:\?.*)?(:\d+:\d+)\)?$/.exec(line) ?? [];
    return file === undefined ? [] : { file, place: file + at! };
  });
  const folder = ({ file }: Caller): string => file.replace(/[^/\\]+[/\\][^/\\]+$/, "");
  const caller = callers.find((each) => folder(each) !== folder(callers[0]!));
  return caller?.file.startsWith("node:") ? undefined : caller;
}
