/** The routes that the page on the inspector gives for servers, with these servers. */
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { cached } from "aotcache";
import { inspector, type FunctionDetails } from "aotcache/inspector";
import { installed } from "../support/installed.ts";

const page = readFileSync(new URL("../../runtime/INSPECTOR.md", import.meta.url), "utf8");

/** Runs the route of a server as the page has it, with names that it uses. */
function addRoute(server: string, names: Readonly<Record<string, unknown>>): void {
  const code = new RegExp(`^\\| ${server} +\\| \`(.*)\` +\\|$`, "m").exec(page)![1]!;
  new Function(...Object.keys(names), code)(...Object.values(names));
}

const inspect = inspector({ authorize: ({ headers }) => headers.get("x-admin") === "secret" });

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

let require: NodeJS.Require;
beforeAll(async () => {
  const packages = ["express@5", "express4@npm:express@4", "fastify@5", "hono@4", "@hono/node-server@1"];
  ({ require } = await installed("servers", packages));
});

/** Servers with the route at `/cache`, and again below a path of their own. */
const SERVERS: Readonly<Record<string, () => Promise<string>>> = {
  "Express 5": async () => listen(createServer(expressApp("express"))),
  "Express 4 with a parser of bodies": async () => listen(createServer(expressApp("express4", true))),
  async Fastify() {
    const app = require("fastify")();
    addRoute("Fastify", { app, inspect });
    await app.register(async (own: unknown) => addRoute("Fastify", { app: own, inspect }), {
      prefix: "/own",
    });
    await app.ready();
    return listen(app.server as Server);
  },
  async Hono() {
    const { Hono } = require("hono");
    const { getRequestListener } = require("@hono/node-server");
    const [app, own] = [new Hono(), new Hono()];
    addRoute("Hono", { app, inspect });
    addRoute("Hono", { app: own, inspect });
    app.route("/own", own);
    return listen(createServer(getRequestListener(app.fetch) as RequestListener));
  },
};

function expressApp(name: string, parsesBodies = false): RequestListener {
  const express = require(name);
  const [app, own] = [express(), express.Router()];
  if (parsesBodies) app.use(express.json());
  addRoute("Express", { app, inspect });
  addRoute("Express", { app: own, inspect });
  app.use("/own", own);
  return app as RequestListener;
}

describe.each(Object.keys(SERVERS))("%s", (name) => {
  it.each(["/cache", "/own/cache"])("at %s serves the page, and asks who may see it", async (mount) => {
    const url = (await SERVERS[name]!()) + mount;
    expect((await fetch(url)).status).toBe(401);
    const headers = { "x-admin": "secret" };
    for (const address of [url, `${url}/`]) {
      const html = await (await fetch(address, { headers: { ...headers, accept: "text/html" } })).text();
      const script = new URL(/src="([^"]+)"/.exec(html)![1]!, address);
      expect(await (await fetch(script, { headers })).text()).toContain("EventSource");
    }
  });

  it.each(["application/json", "text/plain"])("removes an entry for a request of %s", async (type) => {
    const url = `${await SERVERS[name]!()}/cache/api`;
    const twice = cached((n: number) => 2 * n, { name: `twice${name}${type}`.replace(/\W/g, "") });
    twice(21);
    const id = twice.cache.key(21).slice(0, -4);
    const admin = { "x-admin": "secret" };
    const { calls } = (await (
      await fetch(`${url}/functions/${encodeURIComponent(id)}`, { headers: admin })
    ).json()) as FunctionDetails;
    expect(calls).toMatchObject([{ outcome: "miss" }]);
    const { token } = (await (await fetch(`${url}/session`, { headers: admin })).json()) as { token: string };
    const remove = async (headers: Record<string, string>): Promise<unknown> => {
      const body = JSON.stringify({ id, args: [21] });
      const response = await fetch(`${url}/invalidate`, {
        ...{ method: "POST", body, headers: { ...admin, "content-type": type, ...headers } },
      });
      return [response.status, await twice.cache.peek(21)];
    };
    expect(await remove({})).toEqual([403, 42]);
    expect(await remove({ "x-aotcache-token": token })).toEqual([200, undefined]);
  });

  it("streams events until the reader leaves", async () => {
    const url = `${await SERVERS[name]!()}/cache/api/events`;
    const abort = new AbortController();
    const { body } = await fetch(url, { headers: { "x-admin": "secret" }, signal: abort.signal });
    const { value } = await body!.getReader().read();
    expect(new TextDecoder().decode(value)).toContain("retry");
    abort.abort();
  });
});
