/** The longest delay of a timer, in milliseconds. A longer one does not fit into 32 bits, and the timer fires at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** In Deno, a timer is a number. */
const { Deno: deno } = globalThis as { Deno?: { unrefTimer?: (timer: unknown) => void } };

/** Lets the process end before a timer fires. */
export function unref(timer: unknown): void {
  (timer as { unref?: () => void } | undefined)?.unref?.();
  deno?.unrefTimer?.(timer);
}
