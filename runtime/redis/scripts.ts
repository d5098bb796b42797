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

/** Lua: ends the script unless the value of the key starts with the first argument. */
const COMPARE = `
if redis.call("GETRANGE", KEYS[1], 0, string.len(ARGV[1]) - 1) ~= ARGV[1] then return 0 end
`;

/** Stores a value. KEYS: key. ARGV: start of the present value, value, milliseconds until it expires or "". */
export const SET_IF: Script = /* @__PURE__ */ new Script(`${COMPARE}
if ARGV[3] == "" then redis.call("SET", KEYS[1], ARGV[2])
else redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3]) end
return 1
`);

/**
 * Stores several values. KEYS: keys. ARGV: for each key its value; then two JSON lists: the starts of the present values,
 * and the milliseconds until the values expire or "". Returns a digit for each key: whether it was stored.
 *
 * What is short is in lists, because a client takes as long for a short argument as for a long one.
 */
export const SET_ALL_IF: Script = /* @__PURE__ */ new Script(`
local starts, times, done = cjson.decode(ARGV[#KEYS + 1]), cjson.decode(ARGV[#KEYS + 2]), {}
for i, key in ipairs(KEYS) do
  local start, ms = starts[i], times[i]
  done[i] = redis.pcall("GETRANGE", key, 0, string.len(start) - 1) == start and 1 or 0
  if done[i] == 1 then
    if ms == "" then redis.call("SET", key, ARGV[i]) else redis.call("SET", key, ARGV[i], "PX", ms) end
  end
end
return table.concat(done)
`);

/**
 * Adds several values under missing keys. KEYS: keys. ARGV: the JSON list of the milliseconds until the values expire or
 * "", and the JSON list of the values, or each of them. Returns a digit for each key: whether it was missing.
 */
export const ADD_ALL: Script = /* @__PURE__ */ new Script(`
local times, done = cjson.decode(ARGV[1]), {}
local values = #ARGV == 2 and #KEYS > 1 and cjson.decode(ARGV[2])
for i, key in ipairs(KEYS) do
  local value, ms = values and values[i] or ARGV[i + 1], times[i]
  local added
  if ms == "" then added = redis.call("SET", key, value, "NX")
  else added = redis.call("SET", key, value, "NX", "PX", ms) end
  done[i] = added and 1 or 0
end
return table.concat(done)
`);

/** Returns the milliseconds left of each of the KEYS, separated by spaces, like PTTL. */
export const TTLS: Script = /* @__PURE__ */ new Script(`
local all = {}
for i, key in ipairs(KEYS) do all[i] = redis.call("PTTL", key) end
return table.concat(all, " ")
`);

/** Replaces the start of a value. KEYS: key. ARGV: start, its replacement. */
export const REPLACE_START: Script = /* @__PURE__ */ new Script(`${COMPARE}
redis.call("SETRANGE", KEYS[1], 0, ARGV[2])
return 1
`);

/** Sets a new expiry. KEYS: key. ARGV: start of the value, milliseconds. */
export const EXPIRE_IF: Script = /* @__PURE__ */ new Script(`${COMPARE}
return redis.call("PEXPIRE", KEYS[1], ARGV[2])
`);

/** Removes a key. KEYS: key. ARGV: start of the value. */
export const DELETE_IF: Script = /* @__PURE__ */ new Script(`${COMPARE}
return redis.call("DEL", KEYS[1])
`);
