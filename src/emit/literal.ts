/** Writes plain data as a JavaScript expression on one line, without needless quotes. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? quote(value) : String(value);
  const pairs = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([name, each]) => `${/^[a-zA-Z_$][\w$]*$/.test(name) ? name : quote(name)}: ${literal(each)}`);
  return pairs.length > 0 ? `{ ${pairs.join(", ")} }` : "{}";
}

/** Escapes the two line separators that JSON allows, because old parsers treat them as line breaks. */
const quote = (text: string): string =>
  JSON.stringify(text).replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
