import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startProxy, type Proxy } from "../support/proxy.ts";
import { exchange } from "../support/servers/exchange.ts";
import { startRedis, until, type RedisServer } from "../support/servers/index.ts";

/** A client that records what it receives and how its connection ended. */
class Client {
  heard: string = "";
  ended: string = "";
  readonly socket: Socket;

  constructor(port: number) {
    // Data that is written after the other side has ended is also of interest.
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text) => (this.heard += String(text)));
    this.socket.once("end", () => (this.ended ||= "end"));
    this.socket.once("error", (error: NodeJS.ErrnoException) => (this.ended ||= error.code!));
    onTestFinished(() => void this.socket.destroy());
  }

  say(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  async hears(text: string): Promise<void> {
    await until(`${text} is heard`, () => this.heard.length >= text.length || this.ended !== "");
    expect(this.heard).toBe(text);
  }

  async ends(how: "end" | "ECONNRESET" | "ECONNREFUSED"): Promise<void> {
    await until("the connection ends", () => this.ended !== "");
    expect(this.ended).toBe(how);
  }

  /** Sends a text and expects it as the only reply: everything before has been delivered. */
  async hearsNothingBut(text: string): Promise<void> {
    this.say(text);
    await this.hears(text);
  }
}

describe("a proxy in front of an echo server", () => {
  let server: Server;
  let proxy: Proxy;
  /** Everything that the server received since the test began. */
  let arrived: string;

  beforeAll(async () => {
    server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => (arrived += bytes.toString("latin1")));
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void server.close());

  beforeEach(async () => {
    arrived = "";
    proxy = await startProxy(server.address() as AddressInfo);
    onTestFinished(() => proxy.close());
  });

  const newClient = (): Client => new Client(proxy.port);

  it("passes both directions and counts connections and bytes", async () => {
    const [one, two] = [newClient().say("hello"), newClient().say("you")];
    await Promise.all([one.hears("hello"), two.hears("you")]);
    expect(proxy.opened).toBe(2);
    expect(proxy.bytes).toEqual({ request: { arrived: 8, passed: 8 }, reply: { arrived: 8, passed: 8 } });
    const sizes = proxy.connections.map(({ bytes }) => bytes.reply.passed);
    expect(sizes.sort()).toEqual([3, 5]);
  });

  it("passes the end of one direction, and later data in the other", async () => {
    const client = newClient();
    client.socket.end("last words");
    await client.hears("last words");
    await client.ends("end");
    await until("the connection is closed", () => proxy.connections.length === 0);
  });

  it("passes more data than fits into any buffer, unchanged", async () => {
    const text = "0123456789abcdef".repeat(1 << 19);
    const client = newClient().say(text);
    await until("all is heard", () => client.heard.length >= text.length);
    expect(client.heard === text).toBe(true);
  });

  it("refuses connections until it heals; open connections continue", async () => {
    const before = newClient();
    await before.hearsNothingBut("a");
    await proxy.onConnect("refuse");
    await newClient().ends("ECONNREFUSED");
    before.say("b");
    await before.hears("ab");
    await proxy.heal();
    await newClient().hearsNothingBut("c");
  });

  it("resets connections as soon as they are open", async () => {
    await proxy.onConnect("reset");
    await newClient().ends("ECONNRESET");
    expect(arrived).toBe("");
  });

  it("accepts connections and never answers", async () => {
    await proxy.onConnect("hang");
    const client = newClient().say("hello?");
    await until("the request has arrived", () => proxy.bytes.request.arrived === 6);
    await proxy.heal();
    // A second client gets its reply meanwhile; the first one still has none.
    await newClient().hearsNothingBut("hello!");
    expect([client.heard, client.ended, arrived]).toEqual(["", "", "hello!"]);
  });

  it("resets open connections", async () => {
    const clients = [newClient(), newClient()];
    for (const client of clients) await client.hearsNothingBut("a");
    proxy.reset();
    for (const client of clients) await client.ends("ECONNRESET");
    expect(proxy.connections).toEqual([]);
  });

  it("resets the client when there is no server", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const lonely = await startProxy({ port });
    onTestFinished(() => lonely.close());
    await new Client(lonely.port).ends("ECONNRESET");
  });

  it("holds replies and later passes them in order", async () => {
    const client = newClient();
    proxy.treat("reply", { kind: "hold" });
    client.say("one ");
    await until("the reply has come", () => proxy.bytes.reply.arrived === 4);
    client.say("two");
    await until("the server has both", () => arrived === "one two");
    expect(client.heard).toBe("");
    proxy.treat("reply", { kind: "pass" });
    await client.hears("one two");
  });

  it("holds requests of one connection while another's pass", async () => {
    const [stuck, free] = [newClient(), newClient()];
    await stuck.hearsNothingBut("1");
    await free.hearsNothingBut("2");
    proxy.connections[0]!.treat("request", { kind: "hold" });
    stuck.say("a");
    await until("it has arrived at the proxy", () => proxy.bytes.request.arrived === 3);
    free.say("b");
    await free.hears("2b");
    expect(arrived).toBe("12b");
    await proxy.heal();
    await stuck.hears("1a");
  });

  it("drops the data of one direction, with the connection open", async () => {
    const client = newClient();
    proxy.treat("request", { kind: "drop" });
    client.say("lost");
    await until("it has arrived at the proxy", () => proxy.bytes.request.arrived === 4);
    await proxy.heal();
    await client.hearsNothingBut("found");
    expect(arrived).toBe("found");

    proxy.treat("reply", { kind: "drop" });
    client.say("done");
    await until("the server has said so", () => proxy.bytes.reply.arrived === 9);
    await proxy.heal();
    client.say("!");
    await client.hears("found!");
    expect(arrived).toBe("founddone!");
  });

  it("cuts a reply in half and ends the connection", async () => {
    proxy.treat("reply", { kind: "cut" });
    const client = newClient().say("12345678");
    await client.hears("1234");
    await client.ends("end");
    client.socket.end("more");
    await until("the connection is closed", () => proxy.connections.length === 0);
    expect(arrived).toBe("12345678");
  });

  it("cuts after a number of bytes, over any number of pieces", async () => {
    proxy.treat("reply", { kind: "cut", bytes: 5 });
    const client = newClient();
    await client.hearsNothingBut("123");
    client.say("456");
    await client.hears("12345");
    await client.ends("end");
  });

  it("cuts each connection until it heals", async () => {
    proxy.treat("request", { kind: "cut", bytes: 2 });
    for (const text of ["abcd", "efgh"]) await newClient().say(text).ends("end");
    await until("both halves have arrived", () => arrived.length === 4);
    expect(arrived).toBe("abef");
    await proxy.heal();
    await newClient().hearsNothingBut("whole");
  });

  it("replaces a reply", async () => {
    proxy.treat("reply", { kind: "replace", by: "\0\xff?" });
    const client = newClient().say("one");
    await client.hears("\0\xc3\xbf?");
    proxy.treat("reply", { kind: "replace", by: (piece) => piece.toString().toUpperCase() });
    client.say("two");
    await client.hears("\0\xc3\xbf?TWO");
    proxy.treat("reply", { kind: "replace", by: Uint8Array.of(0xff) });
    client.say("three");
    await client.hears("\0\xc3\xbf?TWO\xff");
  });

  it("delays replies, and preserves the order when the delay ends", async () => {
    proxy.treat("reply", { kind: "late", ms: 40 });
    const client = newClient();
    const start = performance.now();
    client.say("first ");
    await until("the reply has come", () => proxy.bytes.reply.arrived === 6);
    proxy.treat("reply", { kind: "pass" });
    client.say("second");
    await client.hears("first second");
    expect(performance.now() - start).toBeGreaterThanOrEqual(39);
  });

  it("treats one connection differently", async () => {
    const [one, two] = [newClient(), newClient()];
    await one.hearsNothingBut("1");
    await two.hearsNothingBut("2");
    proxy.connections[0]!.treat("reply", { kind: "replace", by: "x" });
    one.say("1");
    two.say("2");
    await Promise.all([one.hears("1x"), two.hears("22")]);
    proxy.connections[1]!.reset();
    await two.ends("ECONNRESET");
    one.say("1");
    await one.hears("1xx");
  });

  it("closes its port and its connections, also when called twice", async () => {
    const client = newClient();
    await client.hearsNothingBut("a");
    await proxy.close();
    await proxy.close();
    await client.ends("ECONNRESET");
    await newClient().ends("ECONNREFUSED");
  });
});

describe("a proxy in front of redis", () => {
  let redis: RedisServer;
  let proxy: Proxy;
  beforeAll(async () => {
    redis = await startRedis();
    proxy = await startProxy(redis);
    await redis.command("SET", "a", "value");
  });
  afterAll(async () => {
    await proxy.close();
    await redis.stop();
  });
  beforeEach(() => proxy.heal());

  const get = (): Promise<string> => {
    const complete = (answer: string): boolean => /^(-.*|\$-1|\$5\r\n.*)\r\n$/.test(answer);
    return exchange({ port: proxy.port, text: "GET a\r\n", complete, within: 200 });
  };

  it("passes commands and replies", async () => {
    expect(await get()).toBe("$5\r\nvalue\r\n");
  });

  it("cuts a reply", async () => {
    proxy.treat("reply", { kind: "cut" });
    await expect(get()).rejects.toThrow("closed the connection after $5\r\nv");
  });

  it("replies like a server that is loading", async () => {
    proxy.treat("reply", { kind: "replace", by: "-LOADING Redis is loading the dataset in memory\r\n" });
    expect(await get()).toMatch(/^-LOADING /);
  });

  it("keeps its port while the server is killed and restarted", async () => {
    await redis.kill();
    await expect(get()).rejects.toThrow("ECONNRESET");
    await redis.restart();
    expect(await get()).toBe("$-1\r\n");
  });
});
