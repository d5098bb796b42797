import { keyv } from "aotcache/keyv";
import { batches } from "./batches.ts";
import { remoteContract } from "./contract.ts";
import { tags } from "./tags.ts";

const map = new Map<string, unknown>();

remoteContract({ name: "Keyv", make: (options) => keyv(map as never, options) }, { batches, tags });
