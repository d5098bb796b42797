/** Numbers as people read them. */

const plain = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export const count = (number: number): string => plain.format(number);

export const percent = (share: number): string => `${short.format(100 * share)} %`;

/** A length of time in seconds, in its unit. */
export function seconds(time: number): string {
  const size = Math.abs(time);
  if (size === 0) return "0";
  if (size < 1e-6) return `${short.format(time * 1e9)} ns`;
  if (size < 1e-3) return `${short.format(time * 1e6)} µs`;
  if (size < 1) return `${short.format(time * 1e3)} ms`;
  if (size < 120) return `${short.format(time)} s`;
  if (size < 7200) return `${short.format(time / 60)} min`;
  return size < 172_800 ? `${short.format(time / 3600)} h` : `${short.format(time / 86_400)} d`;
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${plain.format(bytes)} B`;
  if (bytes < 1e6) return `${short.format(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${short.format(bytes / 1e6)} MB` : `${short.format(bytes / 1e9)} GB`;
}
