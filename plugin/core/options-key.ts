/** Returns a text that is equal for equal options of one project. JSON alone would make all regular expressions alike. */
export const optionsKey = (root: string, options: object): string =>
  JSON.stringify([root, options], (_, value: unknown) => (value instanceof RegExp ? String(value) : value));
