/** Returns the text of a union, from the texts of its members in any order, with or without duplicates. */
export function unionText(members: readonly string[]): string {
  const texts = new Set(members);
  texts.delete("never");
  for (const top of ["unresolved", "any", "unknown"]) if (texts.has(top)) return top;
  if (texts.has("true") && texts.has("false")) texts.add("boolean");
  for (const text of texts) {
    const wide = widenedText(text);
    if (wide !== undefined && texts.has(wide)) texts.delete(text);
  }
  return texts.size === 0 ? "never" : [...texts].sort().join("|");
}

/** Returns the primitive type of a literal. */
function widenedText(text: string): string | undefined {
  if (text === "true" || text === "false") return "boolean";
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) return "string";
  if (/^-?\d+n$/.test(text)) return "bigint";
  return /^-?(?:\d[\d.e+-]*|Infinity)$|^NaN$/.test(text) ? "number" : undefined;
}
