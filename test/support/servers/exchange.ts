import { connect } from "node:net";

/** A question to a port of 127.0.0.1, as text, and how to tell that the answer is complete. */
export interface Question {
  readonly port: number;
  readonly text: string;
  complete(answer: string): boolean;
  /** Milliseconds to wait for the answer; 1000 if left out. */
  readonly within?: number;
}

/** Opens a connection, sends a text, and resolves with the answer; rejects if none comes. */
export function exchange({ port, text, complete, within = 1000 }: Question): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => socket.write(text));
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setEncoding("latin1");
    socket.setTimeout(within, () => fail(new Error(`port ${port} did not answer within ${within} ms`)));
    socket.on("error", fail);
    socket.on("close", () => reject(new Error(`port ${port} closed the connection, having said ${answer}`)));
    socket.on("data", (chunk) => {
      answer += String(chunk);
      if (!complete(answer)) return;
      socket.destroy();
      resolve(answer);
    });
  });
}
