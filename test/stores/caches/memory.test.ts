import { memory } from "aotcache";
import { cacheContract } from "./contract.ts";

cacheContract({ name: "memory", make: (options) => memory(options), isAlone: true, asIs: true });

for (const serializer of ["generic", "msgpack", "v8"] as const) {
  cacheContract({
    name: `memory with the serializer ${serializer}`,
    make: (options) => memory({ serializer, ...options }),
    isAlone: true,
  });
}

cacheContract({
  name: "memory that is bounded by bytes",
  make: (options) => memory({ maxBytes: 2 ** 30, ...options }),
  isAlone: true,
  asIs: true,
});
