/** After its types were released, a compiler gives the same results, and no project stays in memory. */
import { expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { Ids } from "../../src/ids.ts";
import { resolveCompilerOptions } from "../../src/options/compiler.ts";
import { Workspace } from "../../src/project/workspace.ts";
import { buildCacheProject } from "../support/build-cache-project.ts";
import { collectGarbage } from "../support/garbage.ts";

test("released projects are collected, and results stay the same", async () => {
  const project = buildCacheProject();
  const path = `${project.root}/src/users.ts`;
  const workspace = new Workspace({ root: project.root });
  const context = { workspace, options: resolveCompilerOptions({ allow: ["cheap"] }), ids: new Ids() };
  const result = compile(path, project.read("src/users.ts"), context);
  const released = new WeakRef(workspace.inputsFor(path).project);
  workspace.release();
  await collectGarbage();
  expect(released.deref()).toBeUndefined();
  expect(compile(path, project.read("src/users.ts"), context)).toStrictEqual(result);
  project.edit("src/three.ts", "number", "string");
  workspace.release();
  const edited = compile(path, project.read("src/users.ts"), context);
  expect(edited).toStrictEqual(project.fresh("src/users.ts"));
  expect(edited).not.toStrictEqual(result);
});
