import { Buffer as NodeBuffer } from "node:buffer";
import { inspect } from "node:util";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type * as Codecs from "../../runtime/codec/codec.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.doUnmock("msgpackr");
  vi.resetModules();
});

/** The module in an environment that lacks something. */
function loaded(): Promise<typeof Codecs> {
  vi.resetModules();
  return import("../../runtime/codec/codec.ts");
}

describe("without Buffer", () => {
  test("stores and reads bytes and texts", async () => {
    const withBuffer = await loaded();
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    const values = [
      bytes,
      bytes.subarray(1, 3),
      new Uint8Array(),
      new Float64Array([1.5]),
      "é\u{1f600}",
      bytes.buffer,
    ];
    const texts = values.map((value) => withBuffer.seal(named(withBuffer, "generic"), value));

    vi.stubGlobal("Buffer", undefined);
    const without = await loaded();
    const codec = named(without, "generic");
    for (const [i, value] of values.entries()) {
      expect(without.seal(codec, value)).toBe(texts[i]);
      expect(without.open(codec, new TextEncoder().encode(texts[i] as string))).toStrictEqual(value);
    }
    const own: Codecs.Codec = { name: "own", encode: () => bytes, decode: (data) => data };
    expect(without.open(own, without.seal(own, bytes))).toStrictEqual(bytes);
  });

  test("an entry with a Buffer is a miss", async () => {
    vi.stubGlobal("Buffer", undefined);
    const codecs = await loaded();
    const { open, seal, MISS } = codecs;
    const codec = named(codecs, "generic");
    expect(open(codec, 'generic/1 15:~"~Buffer:aGk="')).toBe(MISS);
    expect(open(codec, 'generic/1 20:~"~Uint8Array:aGk"')).toBe(MISS);
    expect(() => seal(codec, { a: NodeBuffer.from("x") })).toThrow(/`value.a` is an instance of Buffer/);
  });
});

test("without msgpackr its serializer names the package to install", async () => {
  vi.doMock("msgpackr", () => {
    throw new Error("Cannot find package 'msgpackr'");
  });
  const { codecNamed } = await loaded();
  await expect(codecNamed("msgpack")).rejects.toMatchObject({
    code: "peer-missing",
    message: 'The serializer "msgpack" needs msgpackr; install it with `npm install msgpackr`.',
  });
});

test("a cache that is rejected for another reason leaves no unhandled rejection", async () => {
  vi.doMock("msgpackr", () => {
    throw new Error("Cannot find package 'msgpackr'");
  });
  vi.resetModules();
  const { codecOf } = await import("../../runtime/cache/serializer.ts");
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  onTestFinished(() => void process.off("unhandledRejection", unhandled));
  const left = codecOf("redis()", "msgpack");
  // Awaiting it would handle it.
  await vi.waitFor(() => expect(inspect(left)).toContain("<rejected>"));
  await new Promise(setImmediate);
  expect(unhandled).not.toHaveBeenCalled();
});

test("without node:v8 its serializer reports that", async () => {
  vi.stubGlobal("process", { ...process, getBuiltinModule: undefined });
  const { codecNamed } = await loaded();
  expect(() => codecNamed("v8")).toThrow(/needs node:v8/);
});

/** A serializer that needs no loading. */
function named({ codecNamed }: typeof Codecs, name: string): Codecs.Codec {
  const codec = codecNamed(name);
  if (codec instanceof Promise) throw new Error(`${name} is loaded first`);
  return codec;
}
