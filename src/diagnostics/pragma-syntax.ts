/** The messages for errors in the syntax of a pragma. */

/** Why a pragma could not be parsed. `write` is the corrected text. */
export type SyntaxFault =
  | { readonly fault: "words"; readonly text: string; readonly write?: string | undefined }
  | { readonly fault: "no-value"; readonly option: string }
  | { readonly fault: "no-name"; readonly text: string }
  | { readonly fault: "spaces"; readonly write: string }
  | { readonly fault: "list-spaces"; readonly write: string }
  | { readonly fault: "colon"; readonly write: string }
  | { readonly fault: "separator"; readonly sign: "comma" | "semicolon"; readonly write: string }
  | { readonly fault: "brackets"; readonly write: string }
  | { readonly fault: "open-quote"; readonly write: string }
  | { readonly fault: "wrong-quote"; readonly write: string }
  | { readonly fault: "stray-quote"; readonly write: string }
  | { readonly fault: "not-a-call"; readonly text: string; readonly write: string };

const EXPLANATIONS: {
  readonly [F in SyntaxFault["fault"]]: (
    fault: Extract<SyntaxFault, { fault: F }>,
  ) => readonly [string, string];
} = {
  words: ({ text, write }) => [
    `\`${shorten(text)}\` is not a \`name=value\` pair.`,
    write
      ? `Write \`${write}\`.`
      : "Write options like `// @cached ttl=10 namespace=users`, and put other text on a separate line.",
  ],
  "no-value": ({ option }) => [
    `\`${option}\` has no value.`,
    `Write the value directly after the equals sign, like \`${option}=${SAMPLES[option] ?? "…"}\`.`,
  ],
  "no-name": ({ text }) => [
    `\`${shorten(text)}\` has no name before its equals sign.`,
    "Write `name=value`, like `ttl=10`.",
  ],
  spaces: ({ write }) => ["There is white space around the equals sign.", `Write \`${write}\`.`],
  "list-spaces": ({ write }) => ["There is white space inside a list.", `Write \`${write}\`.`],
  colon: ({ write }) => ["There is a colon instead of an equals sign.", `Write \`${write}\`.`],
  separator: ({ sign, write }) => [
    `There is a ${sign} after an option.`,
    `Separate options with spaces: \`${write}\`.`,
  ],
  brackets: ({ write }) => ["A list has no brackets in a pragma.", `Write \`${write}\`.`],
  "open-quote": ({ write }) => ["The quote is not closed on its line.", `Close it: \`${write}\`.`],
  "wrong-quote": ({ write }) => ["A value can only be quoted with double quotes.", `Write \`${write}\`.`],
  "stray-quote": ({ write }) => ["There is a quote in the middle of a value.", `Write \`${write}\`.`],
  "not-a-call": ({ text, write }) => [
    `\`${shorten(text)}\` directly follows \`@cached\`.`,
    text.startsWith("(")
      ? `In a comment write \`${write}\`; to disable a decorator, put a second \`//\` before it.`
      : `Write the options as pairs after a space: \`${write}\`.`,
  ],
};

/** A sample value for each option. */
const SAMPLES: Readonly<Record<string, string>> = {
  ttl: "10",
  swr: "5m",
  sie: "1h",
  refresh: "80%",
  retry: "1s",
  deadline: "30s",
  jitter: "10%",
  namespace: "users",
  name: "getUser",
  version: "2",
  key: "id",
  ignore: "logger",
  this: "tenant",
  backend: "main",
  serializer: "json",
  lock: "distributed",
  timeout: "500ms",
  skip: "nullish",
  max: "1000",
  copy: "freeze",
  allow: "ambient-read",
};

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Returns what is wrong and what to write instead, as one sentence each. */
export function explainFault(fault: SyntaxFault): readonly [message: string, help: string] {
  return EXPLANATIONS[fault.fault](fault as never);
}
