/** What holds in every version of Next.js and with both of its bundlers. */
import { AnyMap, originalPositionFor } from "@jridgewell/trace-mapping";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createCompiler } from "../../../src/index.ts";
import {
  type NextBundler,
  nextProject,
  type NextProject,
  type NextVersion,
} from "../../support/next-project.ts";

/** `namespace:name@version` of the only function in a file. */
export async function idIn(project: NextProject, file: string): Promise<string> {
  const compiler = await createCompiler({ root: project.root });
  const { namespace, name, version } = compiler.compile(file, project.read(file)).sites[0]!.id;
  return `${namespace}:${name}@${version}`;
}

export function describeApp(version: NextVersion, bundler: NextBundler): void {
  describe(`Next.js ${version} with ${bundler}`, () => {
    it("builds an application whose routes and pages use one configured cache", async () => {
      const project = await nextProject(version, bundler);
      const { code, stdout, stderr } = await project.build();
      expect(code, stdout + stderr).toBe(0);
      expect((stdout + stderr).match(/aotcache: .*/g)).toEqual(["aotcache: 4 functions compiled."]);
      const server = await project.serve("start");
      const id = await idIn(project, "lib/prices.ts");
      const price = (sku: string): Promise<unknown> => server.json(`/api/price?sku=${sku}`);
      const hits = async (): Promise<number> => (await server.json<{ hits: number }>("/api/stats")).hits;
      const shown = async (path: string): Promise<string> => {
        const { text } = await server.request(path);
        return /id="answer">([^<]*)</.exec(text)?.[1] ?? text;
      };

      // A route handler: the second request is a hit, one for something else is not.
      for (const _ of [1, 2]) expect(await price("tea")).toEqual({ run: 1, key: `${id}("tea")` });
      expect(await price("cup")).toEqual({ run: 2, key: `${id}("cup")` });
      expect(await hits()).toBe(1);

      // A server component, a page and a route of the Pages Router.
      for (const path of ["/?sku=tea", "/old?sku=tea", "/api/old?sku=tea"]) {
        const first = await shown(path);
        expect(first).toMatch(/tea/);
        const before = await hits();
        expect(await shown(path)).toBe(first);
        expect(await hits()).toBeGreaterThan(before);
      }
      const before = await shown("/?sku=tea");
      await server.request("/api/price?sku=tea", { method: "DELETE" });
      expect(await shown("/?sku=tea")).not.toBe(before);

      // The inspector.
      expect((await server.request("/cache")).text).toContain("You may not see");
      const headers = { "x-admin": "secret" };
      const html = await server.request("/cache", { headers: { ...headers, accept: "text/html" } });
      expect(html.text).toContain('src="./cache/inspector.js"');
      const asked = async (path: string): Promise<any> =>
        JSON.parse((await server.request(`/cache/api/${path}`, { headers })).text);
      expect(await asked("functions")).toContainEqual(expect.objectContaining({ id, file: "lib/prices.ts" }));
      const { token } = await asked("session");
      const removed = await server.request("/cache/api/invalidate", {
        ...{ method: "POST", headers: { ...headers, "x-aotcache-token": token } },
        body: JSON.stringify({ id, args: ["tea"] }),
      });
      expect(removed.text).toBe('{"removed":true}');

      // The Edge runtime has a cache of its own.
      const edge = `${await idIn(project, "app/api/edge/route.ts")}("tea")`;
      for (const _ of [1, 2]) expect(await server.json("/api/edge?sku=tea")).toEqual({ run: 1, key: edge });

      // A client component, on the server and in what a browser loads.
      const { text } = await server.request("/?sku=tea");
      const label = await idIn(project, "app/counter.tsx");
      expect(text).toContain(`>xxx:${label}(3)</button>`);
      const scripts = [...text.matchAll(/src="(\/_next\/[^"]+\.js)"/g)].map(([, path]) => path!);
      const loaded = await Promise.all(scripts.map(async (path) => (await server.request(path)).text));
      expect(loaded.join("")).toContain(`"${label.slice(label.indexOf("@") + 1)}"`);

      // A server action, by the form without JavaScript.
      for (const _ of [1, 2]) {
        const { location } = await server.request("/", {
          method: "POST",
          body: formIn(text),
          redirect: "manual",
        });
        expect(location).toMatch(/\?sku=tea-1$/);
      }

      // An error's stack leads to the original line.
      const { stack } = await server.json<{ stack: string }>("/api/price?sku=none");
      expect(placeOf(stack)).toMatchObject({
        source: expect.stringMatching(/lib\/prices\.ts$/),
        line: lineOf(project.read("lib/prices.ts"), "no such thing"),
      });
    }, 600_000);
  });
}

/** The fields of the form of a page. */
function formIn(html: string): FormData {
  const form = new FormData();
  for (const [tag] of html.matchAll(/<input[^>]*>/g)) {
    const [name, value] = ["name", "value"].map((each) => new RegExp(` ${each}="([^"]*)"`).exec(tag)?.[1]);
    form.append(name!, (value ?? "").replaceAll("&quot;", '"'));
  }
  return form;
}

/** The original place of the first line of a stack, by the map beside the file. */
function placeOf(stack: string): unknown {
  const [, file, line, column] = /\((\/.*):(\d+):(\d+)\)/.exec(stack)!;
  const map = new AnyMap(readFileSync(`${file}.map`, "utf8"), `file://${file}.map`);
  return originalPositionFor(map, { line: Number(line), column: Number(column) - 1 });
}

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split("\n").length;
