import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** A Lua script, which Redis runs atomically. */
export class Script {
  readonly #lua: string;
  readonly #sha: string;

  constructor(lua: string) {
    this.#lua = lua;
    this.#sha = createHash("sha1").update(lua).digest("hex");
  }

  /** Runs the script by its hash. Sends the text only if the server does not know it yet. */
  async run(client: Redis, keys: readonly string[], ...args: (string | number | Buffer)[]): Promise<unknown> {
    try {
      return await client.evalsha(this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error as Error).message.startsWith("NOSCRIPT")) throw error;
      return client.eval(this.#lua, keys.length, ...keys, ...args);
    }
  }
}

/** Lua: the server's clock in microseconds. Also as text, because Lua prints only 14 digits of a number. */
const NOW = `
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local text = string.format("%.0f", now)
`;

/**
 * Adds to an integer. Returns the sum as text, because ioredis reads the largest numbers inexactly; nil if the value
 * is not an integer, or if the sum is not a safe integer.
 *
 * KEYS: counter. ARGV: delta, milliseconds until a new counter expires or "".
 */
export const INCREMENT: Script = /* @__PURE__ */ new Script(`
local old = redis.pcall("GET", KEYS[1])
if not old then
  if ARGV[2] == "" then redis.call("SET", KEYS[1], ARGV[1])
  else redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2]) end
  return ARGV[1]
end
if type(old) ~= "string" or not string.find(old, "^-?%d+$") then return false end
local most = 9007199254740991
local value = tonumber(old)
local sum = value + tonumber(ARGV[1])
if math.abs(value) > most or math.abs(sum) > most then return false end
local text = string.format("%.0f", sum)
redis.call("SET", KEYS[1], text, "KEEPTTL")
return text
`);

/** Returns the server's clock in microseconds. KEYS: any key of the node. */
export const TIME: Script = /* @__PURE__ */ new Script(`${NOW}
return text
`);

/**
 * Removes a key and stores the time in a marker. Returns whether the key existed, and the time. The removal comes
 * first, because a server that is out of memory accepts a marker only from a script that has already written.
 *
 * KEYS: key, marker. ARGV: milliseconds until the marker expires.
 */
export const INVALIDATE: Script = /* @__PURE__ */ new Script(`${NOW}
local removed = redis.call("UNLINK", KEYS[1])
redis.call("SET", KEYS[2], text, "PX", ARGV[1])
return { removed, text }
`);

/**
 * Stores a value unless the marker is younger than the run. Returns whether it was stored, and the time.
 *
 * KEYS: key, marker. ARGV: value, milliseconds until it expires or "", when the run began by the server's clock, the
 * age of the run; both in microseconds.
 */
export const SET_IF_CURRENT: Script = /* @__PURE__ */ new Script(`${NOW}
local marker = tonumber(redis.call("GET", KEYS[2]) or "")
local began = math.min(tonumber(ARGV[3]), now - tonumber(ARGV[4]))
if marker and marker > began then return { 0, text } end
if ARGV[2] == "" then redis.call("SET", KEYS[1], ARGV[1])
else redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2]) end
return { 1, text }
`);

/** Renews a lease if the token holds it. KEYS: lease. ARGV: token, milliseconds. */
export const RENEW: Script = /* @__PURE__ */ new Script(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("PEXPIRE", KEYS[1], ARGV[2])
`);

/** Releases a lease if the token holds it. KEYS: lease. ARGV: token. */
export const RELEASE: Script = /* @__PURE__ */ new Script(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("UNLINK", KEYS[1])
`);
