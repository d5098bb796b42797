import { createServer, type Server, type AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { afterEach, describe, expect, test } from "vitest";
import { createMemcachedDriver, type MemcachedOptions } from "../../../runtime/memcached/driver.ts";
import type { MemjsClient } from "../../../runtime/memcached/memjs.ts";
import { thrown } from "../../support/caught.ts";

const { Client } = createRequire(import.meta.url)("memjs") as { Client: { create(servers: string): object } };

describe("the options of memcached()", () => {
  test.each<[string, string, string]>([
    ["a:1,b:2", "a:1", "b:2"],
    ["cache.example.com", "cache.example.com:11211", ""],
    ["[::1]:11212, [fe80::1]", "::1:11212", "fe80::1:11211"],
    ["user:secret@a:1,b", "a:1", "b:11211"],
  ])("name servers: %s", (servers, ...expected) => {
    const { raw } = createMemcachedDriver({ servers });
    const places = (raw as MemjsClient).servers.map(({ host, port }) => `${host}:${port}`);
    expect(places).toEqual(expected.filter((place) => place !== ""));
  });

  test("default to the port of this machine", () => {
    const { raw } = createMemcachedDriver({});
    expect((raw as MemjsClient).servers.map(String)).toEqual(["<Server localhost:11211>"]);
  });

  test("include those of every cache, which are read elsewhere", () => {
    expect(() =>
      createMemcachedDriver({ namespace: "x", ttl: 1, timeout: 1, serializer: "v8" } as object),
    ).not.toThrow();
  });

  test("expose the client", () => {
    const client = Client.create("127.0.0.1:1");
    expect(createMemcachedDriver({ client }).raw).toBe(client);
  });

  test.each<[string, object, string]>([
    ["option-unknown", { server: "a:1" }, "`servers`"],
    ["option-unknown", { hosts: "a:1" }, "servers, username, password, client"],
    ["option-value", { servers: "" }, "`servers` must be a non-empty string"],
    ["option-value", { servers: 11211 }, "`servers` must be a non-empty string"],
    ["option-value", { servers: ["a:1"] }, "write `host:port`, several separated by commas"],
    ["option-value", { servers: "a:1,,b:2" }, "`` is not a server"],
    ["option-value", { servers: "user:secret@a:port" }, "`a:port` is not a server"],
    ["option-value", { servers: "a:70000" }, "`a:70000` is not a server"],
    ["option-value", { servers: "::1" }, "`::1` is not a server"],
    ["option-value", { client: {} }, "`client` is not a client of memjs"],
    ["option-conflict", { username: "me" }, "both, or neither"],
    ["option-conflict", { client: Client.create("a:1"), servers: "a:1" }, "either a `client` or `servers`"],
  ])("are refused with what to write: %s %o", (code, options, message) => {
    const error = thrown(() => createMemcachedDriver(options as MemcachedOptions));
    expect(error).toMatchObject({ name: "CacheError", code });
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("secret");
  });
});

describe("memcached with a user name and a password", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /**
   * A server of the binary protocol with one user. It answers no-ops of authenticated clients, and nothing
   * else.
   */
  async function guarded(secret: string): Promise<string> {
    server = createServer((socket) => {
      let known = false;
      socket.on("error", () => socket.destroy());
      socket.on("data", (bytes: Buffer) => {
        for (let at = 0; at < bytes.length; at += 24 + bytes.readUInt32BE(at + 8)) {
          const opcode = bytes[at + 1]!;
          const head = Buffer.from(bytes.subarray(at, at + 24)).fill(0, 2, 12);
          head[0] = 0x81;
          if (opcode === 0x21) {
            known = bytes.subarray(at + 24, at + 24 + bytes.readUInt32BE(at + 8)).equals(Buffer.from(secret));
            head.writeUInt16BE(known ? 0 : 0x20, 6);
            socket.write(head);
          } else if (known && opcode === 0x0a) socket.write(head);
        }
      });
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each([
    ["by options", (servers: string) => ({ servers, username: "me", password: "s3cret" })],
    ["in the list of servers", (servers: string) => ({ servers: `me:s3cret@${servers}` })],
  ])("sends them before anything else: %s", async (_, options) => {
    const driver = createMemcachedDriver(options(await guarded("PLAIN\0me\0s3cret")), 5000);
    // It keeps nothing, so the driver finds that it does not keep what was cleared; but it was let in.
    await expect(driver.get(["a"])).rejects.toThrow("does not store");
    await driver.close();
  });

  test("reports rejected credentials", async () => {
    const servers = await guarded("PLAIN\0me\0s3cret");
    const driver = createMemcachedDriver({ servers, username: "me", password: "guess" }, 5000);
    await expect(driver.get(["a"])).rejects.toThrow("refused the user name or password");
    await driver.close();
  });
});
