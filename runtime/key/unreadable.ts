/** Stands for a part of the key that could not be read. It has no key, so the call is not cached. */
export const unreadable = (): void => {};
