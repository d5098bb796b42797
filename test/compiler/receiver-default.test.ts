/** The default of `this` for a project: it applies where the receiver is read and has what it names. */
import { describe, expect, test } from "vitest";
import { analyzeAll, sources } from "../support/analyzed.ts";

const body = "(id: number): string { return this.tenant + id; }";
const text = `export class Repo {
  tenant = "acme";
  // @cached
  find${body}
  // @cached this=ignore
  said${body}
  // @cached
  same(id: number): number { return id; }
}
export class Other {
  name = "other";
  // @cached
  find(id: number): string { return this.name + id; }
}
// @cached
export function price(id: number): number { return id; }
`;

function outcomes(receiver: unknown): readonly string[] {
  const file = sources({ "/app/a.ts": text }).file("/app/a.ts");
  return analyzeAll(file, { defaults: { this: receiver } }).map(({ site, problems, mark }) => {
    const parts = site?.parts.map(({ name }) => name).join() ?? problems.map(({ name }) => name).join();
    return `${mark.path.join(".")}: ${parts}${site?.perInstance ? " per instance" : ""}`;
  });
}

const UNAFFECTED = ["Repo.said: id", "Repo.same: id"];

describe("the project's default of `this`", () => {
  test("`instance` and `ignore` apply to each function that reads its receiver", () => {
    const instance = [
      "Repo.find: id per instance",
      ...UNAFFECTED,
      "Other.find: id per instance",
      "price: id",
    ];
    expect(outcomes("instance")).toEqual(instance);
    expect(outcomes("ignore")).toEqual(["Repo.find: id", ...UNAFFECTED, "Other.find: id", "price: id"]);
  });

  test.each([["tenant"], [["tenant"]]])("%j applies to receivers with such a property", (receiver) => {
    const found = ["Repo.find: id,this.tenant", ...UNAFFECTED, "Other.find: receiver-unkeyed", "price: id"];
    expect(outcomes(receiver)).toEqual(found);
  });
});
