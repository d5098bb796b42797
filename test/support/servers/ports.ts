import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** A port of 127.0.0.1 that nobody else who asks here is given, in this process or another, until `release`. */
export interface Port {
  readonly number: number;
  release(): void;
}

/**
 * Ports are taken from below the range that the kernel uses for outgoing connections: a client that calls a
 * dead server's port from within that range can, by chance, be given that same port and talk to itself.
 */
const FIRST = 10_000;
const LAST = 21_999;
/** Where a Redis node has its cluster bus, counted from its port. */
const BUS = 10_000;

/**
 * Finds a free port and keeps it. While its server is dead nothing listens there, so what keeps it is a UDP
 * socket of the same number: the kernel gives that back even if this process is killed.
 */
export async function reservePort(): Promise<Port> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const number = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    const release = await holdUdp(number);
    if (!release) continue;
    if ((await isFree(number)) && (await isFree(number + BUS))) return { number, release };
    release();
  }
  throw new Error(`no free port between ${FIRST} and ${LAST}`);
}

function holdUdp(port: number): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    let held = true;
    const release = (): void => {
      if (held) socket.close();
      held = false;
    };
    socket.once("error", () => {
      release();
      resolve(undefined);
    });
    // Workers of node:cluster (Vitest may run tests in them) share sockets unless told not to.
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => {
      socket.unref();
      resolve(release);
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
