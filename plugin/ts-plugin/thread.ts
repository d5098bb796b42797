/** Asks the thread that checks files, and waits no longer than a keystroke allows. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Answer, Question } from "./messages.ts";

/** A thread that has loaded its types answers within this time. The language service waits for it. */
const WAIT_MS = 60;

/** A thread that ends this often is not started again. */
const MAX_STARTS = 3;

export type Ask = Omit<Question, "number">;

export class CheckThread {
  readonly #file: URL;
  readonly #answers = new Map<string, Answer>();
  readonly #onLate: (answer: Answer) => void;
  readonly #log: (message: string) => void;
  #signal = new Int32Array(new SharedArrayBuffer(4));
  #port: MessagePort | undefined;
  #starts = 0;
  #asked = 0;
  /** The number of the last answer. */
  #answered = 0;

  /** @param onLate called with an answer for which nobody waits any more */
  constructor(file: URL, onLate: (answer: Answer) => void, log: (message: string) => void) {
    this.#file = file;
    this.#onLate = onLate;
    this.#log = log;
  }

  /** Asks about a file, and waits a moment for the answer if the thread has nothing else to do. */
  ask(question: Ask): void {
    const port = this.#start();
    const isIdle = this.#answered === this.#asked;
    port?.postMessage({ ...question, number: ++this.#asked } satisfies Question);
    if (isIdle) this.wait(WAIT_MS);
  }

  /** Waits for the answer to the last question. Does not wait while the thread loads the types of its first file. */
  wait(milliseconds: number): void {
    if (!this.#port || this.#answered === 0) return;
    const end = performance.now() + milliseconds;
    for (let left = milliseconds; left > 0 && this.#answered < this.#asked; left = end - performance.now()) {
      Atomics.wait(this.#signal, 0, this.#answered, left);
      for (let next; (next = receiveMessageOnPort(this.#port));) this.#settle(next.message as Answer);
    }
  }

  /** Returns the last answer about a file. Its text may be an older one. */
  answerFor(path: string): Answer | undefined {
    return this.#answers.get(path);
  }

  /** Whether the thread has to be told all open files. */
  get isNew(): boolean {
    return this.#port === undefined;
  }

  #settle(answer: Answer): void {
    this.#answered = Math.max(this.#answered, answer.number);
    if (answer.failure !== undefined) this.#log(answer.failure);
    this.#answers.set(answer.path, answer);
  }

  #start(): MessagePort | undefined {
    if (this.#port || this.#starts === MAX_STARTS) return this.#port;
    this.#starts++;
    const { port1: port, port2 } = new MessageChannel();
    this.#signal = new Int32Array(new SharedArrayBuffer(4));
    const workerData = { port: port2, signal: this.#signal };
    const worker = new Worker(this.#file, { workerData, transferList: [port2], stdout: true });
    worker.on("error", (error) => this.#log(error.stack ?? error.message));
    worker.on("exit", () => {
      this.#port = undefined;
      this.#asked = this.#answered = 0;
    });
    port.on("message", (answer: Answer) => {
      this.#settle(answer);
      this.#onLate(answer);
    });
    worker.unref();
    port.unref();
    return (this.#port = port);
  }
}
