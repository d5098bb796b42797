/** Writes options in the notation of a pragma, for help texts. */

/** Writes a value, in double quotes if it needs them. */
function quote(value: string): string {
  return /[\s"]|^$/.test(value) ? `"${value.replace(/[\\"]/g, "\\$&")}"` : value;
}

/** Writes one option: `name=value`. */
export function pair(name: string, value: string): string {
  return `${name}=${quote(value)}`;
}

/** Writes the properties of an object as pairs: `{ ttl: 10, key: ["a", "b"] }` as `ttl=10 key=a,b`. Empty without any. */
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
