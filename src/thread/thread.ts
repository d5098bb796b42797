import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { InputError } from "../diagnostics/input-error.ts";
import type { CreateOptions } from "../load.ts";
import type { Answer, Failure, Question, Request } from "./messages.ts";

/** A file of the published package. The sources have none, because Node.js 20 does not run TypeScript. */
const WORKER = new URL("./worker.js", import.meta.url);

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The thread of a compiler. It is started by the first message, and again if it has ended since. */
export class Thread {
  readonly #options: CreateOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #count = 0;
  #isSupported = existsSync(WORKER);

  constructor(options: CreateOptions) {
    this.#options = options;
  }

  /** Whether the thread runs, after it was started if necessary. Node.js may refuse threads to a program. */
  get isAvailable(): boolean {
    return this.#start() !== undefined;
  }

  /** Sends a message without an answer, if the thread is available. */
  tell(request: Request): void {
    this.#start()?.postMessage(request);
  }

  /** @throws {Error} (rejects) with the error of the thread. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const worker = this.#start();
      if (!worker) return resolve({ number: 0 });
      const number = ++this.#count;
      this.#waiting.set(number, { resolve, reject });
      // The program must not end before the answer.
      worker.ref();
      worker.postMessage({ ...question, number });
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    await this.ask({ kind: "flush" });
    this.#worker = undefined;
    await worker.terminate();
  }

  #start(): Worker | undefined {
    if (this.#worker || !this.#isSupported) return this.#worker;
    try {
      const worker = new Worker(WORKER, { workerData: this.#options });
      worker.on("message", (answer: Answer) => this.#settle(answer));
      worker.on("error", (error) => this.#fail(error));
      worker.on("exit", () => {
        if (this.#worker === worker) this.#worker = undefined;
      });
      worker.unref();
      return (this.#worker = worker);
    } catch {
      this.#isSupported = false;
      return undefined;
    }
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (answer.failure) waiting?.reject(errorOf(answer.failure));
    else waiting?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values())
      reject(new InputError(`the thread of the compiler has ended: ${error.message}`, { cause: error }));
    this.#waiting.clear();
  }
}

function errorOf({ message, stack, isInputError }: Failure): Error {
  const error = isInputError ? new InputError("") : new Error(message);
  return Object.assign(error, { message, stack });
}
