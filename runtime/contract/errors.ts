/** The kebab-case code of a {@link CacheError}; stable, never reused. */
export type CacheErrorCode =
  | "abi-mismatch"
  | "authorize-missing"
  | "backend-remote"
  | "backend-unknown"
  | "clear-refused"
  | "closed"
  | "deadline"
  | "id-duplicate"
  | "key-unkeyable"
  | "multi-result"
  | "name-missing"
  | "not-cached"
  | "not-compiled"
  | "option-conflict"
  | "option-unknown"
  | "option-value"
  | "peer-missing"
  | "recursion-same-key"
  | "result-mixed"
  | "timeout"
  | "ttl-invalid"
  | "unavailable"
  | "unstorable";

const MARK: unique symbol = Symbol.for("aotcache.error");

/**
 * An error of aotcache.
 *
 * The message says what is wrong and what to write instead. Programs check the `code`.
 *
 * @example
 * try {
 *   cacheOf(() => 1);
 * } catch (error) {
 *   if (error instanceof CacheError && error.code === "not-cached") console.log(error.message);
 * }
 */
export class CacheError extends Error {
  /** An error of another copy of the runtime is one, too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && MARK in value;
  }

  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "CacheError";
    this.code = code;
    Object.defineProperty(this, MARK, { value: true });
  }
}
