/** The kebab-case code of a {@link CacheError}; stable, never reused. */
export type CacheErrorCode =
  | "abi-mismatch"
  | "backend-remote"
  | "backend-unknown"
  | "clear-refused"
  | "closed"
  | "id-duplicate"
  | "key-unkeyable"
  | "name-missing"
  | "not-cached"
  | "option-conflict"
  | "option-unknown"
  | "option-value"
  | "peer-missing"
  | "timeout"
  | "ttl-invalid"
  | "unavailable"
  | "unstorable";

/**
 * The error that aotcache throws or rejects with.
 *
 * Says in one sentence what is wrong and what to write instead; `code` is for programs.
 *
 * @example
 * try {
 *   cacheOf(() => 1);
 * } catch (error) {
 *   if (error instanceof CacheError && error.code === "not-cached") console.log(error.message);
 * }
 */
export class CacheError extends Error {
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "CacheError";
    this.code = code;
  }
}
