/** The longest delay of a timer, in milliseconds. A longer one does not fit into 32 bits, and the timer fires at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;
