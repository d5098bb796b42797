/** Drives a real tsserver, as an editor does: over stdin and stdout. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { repository, type CliApp } from "./cli.ts";

export interface ServerDiagnostic {
  readonly start: { readonly line: number; readonly offset: number };
  readonly end: { readonly line: number; readonly offset: number };
  readonly text: string;
  readonly code?: number;
  readonly category: string;
  readonly source?: string;
}

interface Message {
  readonly type: "response" | "event";
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: unknown;
}

export class Tsserver {
  readonly #app: CliApp;
  readonly #send: (line: string) => void;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #events: { readonly name: string; readonly resolve: () => void }[] = [];
  readonly #logFile: string;
  #seq = 0;

  constructor(app: CliApp, typescript: string) {
    this.#app = app;
    this.#logFile = app.at("tsserver.log");
    const path = join(repository, "node_modules", typescript, "lib/tsserver.js");
    const options = [
      ...["--logVerbosity", "normal", "--logFile", this.#logFile],
      ...["--disableAutomaticTypingAcquisition", "--allowLocalPluginLoads"],
    ];
    const server = spawn(process.execPath, [path, ...options], {
      cwd: app.root,
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void server.kill());
    this.#send = (line) => server.stdin.write(`${line}\n`);
    let buffer = Buffer.alloc(0);
    server.stdout.on("data", (data: Buffer) => {
      buffer = Buffer.concat([buffer, data]);
      for (;;) {
        const header = /^Content-Length: (\d+)\r?\n\r?\n/.exec(buffer.toString("latin1", 0, 100));
        if (!header) return;
        const end = header[0].length + Number(header[1]);
        if (buffer.length < end) return;
        this.#receive(JSON.parse(buffer.toString("utf8", header[0].length, end)) as Message);
        buffer = buffer.subarray(end);
      }
    });
  }

  get log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  /** Sends a request, and returns the body of its response. */
  request<T>(command: string, args: object): Promise<T> {
    const seq = ++this.#seq;
    const answer = new Promise<T>((resolve, reject) => {
      this.#waiting.set(seq, ({ success, message, body }) => {
        if (success || message === "No content available.") resolve(body as T);
        else reject(new Error(message));
      });
    });
    this.#send(JSON.stringify({ seq, type: "request", command, arguments: args }));
    return answer;
  }

  /** Waits for the next event of a name. */
  event(name: string): Promise<void> {
    return new Promise((resolve) => this.#events.push({ name, resolve }));
  }

  open(path: string, text: string): void {
    this.#notify("open", { file: this.#app.at(path), fileContent: text });
  }

  close(path: string): void {
    this.#notify("close", { file: this.#app.at(path) });
  }

  /** Replaces the text of an open file. */
  edit(path: string, text: string): void {
    const change = { start: { line: 1, offset: 1 }, end: { line: 100_000, offset: 1 }, newText: text };
    this.#notify("updateOpen", {
      changedFiles: [{ fileName: this.#app.at(path), textChanges: [change] }],
    });
  }

  /** The problems that the editor shows at once. */
  async problemsNow(path: string): Promise<readonly ServerDiagnostic[]> {
    const found = await this.request<readonly ServerDiagnostic[]>("semanticDiagnosticsSync", {
      file: this.#app.at(path),
    });
    return found.filter(({ source }) => source === "aotcache");
  }

  /** Waits until the editor shows problems with these names: at once, or when the server has them. */
  async shows(path: string, names: readonly string[]): Promise<readonly ServerDiagnostic[]> {
    for (;;) {
      const refreshed = this.event("projectsUpdatedInBackground");
      const found = await this.problemsNow(path);
      if (JSON.stringify(found.map(nameOf)) === JSON.stringify(names)) return found;
      await refreshed;
    }
  }

  #notify(command: string, args: object): void {
    this.#send(JSON.stringify({ seq: ++this.#seq, type: "request", command, arguments: args }));
  }

  #receive(message: Message): void {
    if (message.type === "response") {
      this.#waiting.get(message.request_seq!)?.(message);
      this.#waiting.delete(message.request_seq!);
      return;
    }
    for (const [index, { name, resolve }] of [...this.#events.entries()].reverse()) {
      if (name !== message.event) continue;
      this.#events.splice(index, 1);
      resolve();
    }
  }
}

const nameOf = ({ text }: ServerDiagnostic): string => /^\[([\w-]+)\]/.exec(text)?.[1] ?? text;
