/** Options as a pragma writes them, for what is to be written instead. */

/** Writes a value as a pragma does: in double quotes where it must be. */
function quote(value: string): string {
  return /[\s"]|^$/.test(value) ? `"${value.replace(/[\\"]/g, "\\$&")}"` : value;
}

/** Writes one option. */
export function pair(name: string, value: string): string {
  return `${name}=${quote(value)}`;
}

/** What to write in place of an object: `{ ttl: 10, key: ["a", "b"] }` as pairs; empty without any. */
export function asPairs(text: string): string {
  const pairs = text
    .slice(0, 500)
    .matchAll(
      /([\p{ID_Start}$_][\p{ID_Continue}$]*)["']?\s*[:=]\s*("[^"]*"|'[^']*'|\[[^\]]*\]|[^\s,;(){}[\]]+)/gu,
    );
  return Array.from(pairs, ([, name, value]) => {
    const list = value!.startsWith("[") ? value!.replace(/\s*,\s*/g, ",") : value!;
    return pair(name!, list.replace(/["'[\]]/g, ""));
  }).join(" ");
}
