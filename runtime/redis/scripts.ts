import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** What Redis does in one step, on its own clock. */
export class Script {
  readonly #lua: string;
  readonly #sha: string;

  constructor(lua: string) {
    this.#lua = lua;
    this.#sha = createHash("sha1").update(lua).digest("hex");
  }

  /** Runs it by its hash; a server that does not know it yet is sent the text. */
  async run(client: Redis, keys: readonly string[], ...args: (string | number | Buffer)[]): Promise<unknown> {
    try {
      return await client.evalsha(this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error as Error).message.startsWith("NOSCRIPT")) throw error;
      return client.eval(this.#lua, keys.length, ...keys, ...args);
    }
  }
}

/** Microseconds of the server's clock. As text, since Lua writes only 14 digits of a number. */
const NOW = `
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local text = string.format("%.0f", now)
`;

/**
 * Adds to an integer and gives the sum as text, since ioredis reads the largest numbers inexactly; nil if the value is none, or the sum is not exact.
 * KEYS: the counter. ARGV: delta, ttl of a new one in milliseconds or "".
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

/** KEYS: any of the node that is asked. */
export const TIME: Script = /* @__PURE__ */ new Script(`${NOW}
return text
`);

/**
 * Removes a key and leaves a marker of when. KEYS: key, marker. ARGV: how long the marker stays.
 * The removal comes first: a server that is out of memory takes a marker from a script that has written.
 */
export const INVALIDATE: Script = /* @__PURE__ */ new Script(`${NOW}
local removed = redis.call("UNLINK", KEYS[1])
redis.call("SET", KEYS[2], text, "PX", ARGV[1])
return { removed, text }
`);

/**
 * Stores unless the marker is younger than the run.
 * KEYS: key, marker. ARGV: value, ttl or "", when the run began by the server's clock, and its age.
 */
export const SET_IF_CURRENT: Script = /* @__PURE__ */ new Script(`${NOW}
local marker = tonumber(redis.call("GET", KEYS[2]) or "")
local began = math.min(tonumber(ARGV[3]), now - tonumber(ARGV[4]))
if marker and marker > began then return { 0, text } end
if ARGV[2] == "" then redis.call("SET", KEYS[1], ARGV[1])
else redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2]) end
return { 1, text }
`);

/** KEYS: lease. ARGV: token, milliseconds. */
export const RENEW: Script = /* @__PURE__ */ new Script(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("PEXPIRE", KEYS[1], ARGV[2])
`);

/** KEYS: lease. ARGV: token. */
export const RELEASE: Script = /* @__PURE__ */ new Script(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("UNLINK", KEYS[1])
`);
