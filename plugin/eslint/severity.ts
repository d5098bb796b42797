/** Lets warnings of the compiler be warnings of ESLint, although a rule has one severity for all of its reports. */
import type { Processor } from "./types.ts";

const WARNING = 1;

export const severity: Processor = {
  meta: { name: "aotcache/severity" },
  supportsAutofix: true,
  preprocess: (text) => [text],
  postprocess: (blocks) =>
    blocks.flat().map((message) => {
      const isWarning = message.ruleId === "aotcache/valid" && message.messageId === "warning";
      return isWarning ? { ...message, severity: WARNING } : message;
    }),
};
