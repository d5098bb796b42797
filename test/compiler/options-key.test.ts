/** Projects with different options have compilers of their own. */
import { expect, test } from "vitest";
import { optionsKey } from "../../plugin/core/options-key.ts";

test.each([
  [{ include: /a/ }, { include: /b/ }],
  [{ include: /a/ }, { include: /a/i }],
  [{ strict: true }, { strict: false }],
])("%o and %o have different keys", (one, other) => {
  expect(optionsKey("/app", one)).not.toBe(optionsKey("/app", other));
});

test("equal options have one key in a project, and others elsewhere", () => {
  expect(optionsKey("/app", { include: /a/ })).toBe(optionsKey("/app", { include: /a/ }));
  expect(optionsKey("/app", {})).not.toBe(optionsKey("/other", {}));
});
