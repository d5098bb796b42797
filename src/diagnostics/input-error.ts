/** Errors in the user's input, as opposed to diagnostics of a source file and to bugs. */

/** Registered globally: a host that loads some modules with `import` and others with `require` may have this class twice. */
const INPUT_ERROR: unique symbol = Symbol.for("aotcache.InputError");

/**
 * Something that the compiler was given is invalid or missing: an option, a path, a tsconfig, ts-morph.
 *
 * The message starts with `aotcache: ` and is complete, so integrations print it without a stack.
 */
export class InputError extends Error {
  /** Node.js prints the name of the class before the message. Users know this as a plain `Error`. */
  static override readonly name: string = "Error";

  /** @param sentence the message without the prefix `aotcache: ` */
  constructor(sentence: string, options?: ErrorOptions) {
    super(`aotcache: ${sentence}`, options);
  }

  static {
    // Read by `isInputError`. On the prototype, so that printing the error does not show it.
    Object.defineProperty(this.prototype, INPUT_ERROR, { value: true });
  }
}

/** A project was asked for, and no folder from there upward has a tsconfig.json or jsconfig.json. */
export class TsconfigNotFoundError extends InputError {
  static override readonly name: string = "Error";
}

/**
 * Checks whether an error is an {@link InputError}. Use this instead of `instanceof`, which fails where the
 * class was loaded twice.
 *
 * @example
 * try {
 *   await createCompiler(options);
 * } catch (error) {
 *   if (!isInputError(error)) throw error;
 *   console.error(error.message);
 * }
 */
export function isInputError(error: unknown): error is InputError {
  return typeof error === "object" && error !== null && INPUT_ERROR in error;
}
