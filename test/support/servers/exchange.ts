/** Sends one text to a server and reads the reply. */
import { connect } from "node:net";

/** A request to a port of 127.0.0.1, and how to detect that the reply is complete. */
export interface ExchangeRequest {
  readonly port: number;
  readonly text: string;
  complete(answer: string): boolean;
  /** Milliseconds to wait for the reply; default 1000. */
  readonly within?: number;
}

/** Opens a connection, sends a text, and resolves with the reply. Rejects if there is none in time. */
export function exchange({ port, text, complete, within = 1000 }: ExchangeRequest): Promise<string> {
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
    socket.on("close", () => reject(new Error(`port ${port} closed the connection after ${answer}`)));
    socket.on("data", (chunk) => {
      answer += String(chunk);
      if (!complete(answer)) return;
      socket.destroy();
      resolve(answer);
    });
  });
}
