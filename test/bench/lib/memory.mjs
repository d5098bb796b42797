/** The live memory in bytes; typed arrays are outside of the heap. The process must run with `--expose-gc`. */
export function live() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
