/** What can be wrong with a pragma's syntax, in words. */

/** Why a pragma could not be read. `write` is the text that would have been right. */
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

const SYNTAX: {
  readonly [F in SyntaxFault["fault"]]: (
    fault: Extract<SyntaxFault, { fault: F }>,
  ) => readonly [string, string];
} = {
  words: ({ text, write }) => [
    `\`${shorten(text)}\` is not a \`name=value\` pair.`,
    write
      ? `Write \`${write}\`.`
      : "Write options like `// @cached ttl=10 namespace=users`, and put words on a line of their own.",
  ],
  "no-value": ({ option }) => [
    `\`${option}\` has no value.`,
    `Write the value right behind the equals sign, like \`${option}=${SAMPLES[option] ?? "…"}\`.`,
  ],
  "no-name": ({ text }) => [
    `\`${shorten(text)}\` has no name in front of its equals sign.`,
    "Write `name=value`: `ttl=10`.",
  ],
  spaces: ({ write }) => ["There is white space around the equals sign.", `Write \`${write}\`.`],
  "list-spaces": ({ write }) => ["There is white space inside of a list.", `Write \`${write}\`.`],
  colon: ({ write }) => ["A colon stands where an equals sign belongs.", `Write \`${write}\`.`],
  separator: ({ sign, write }) => [
    `A ${sign} stands behind an option.`,
    `Separate options with spaces: \`${write}\`.`,
  ],
  brackets: ({ write }) => ["A list has no brackets in a pragma.", `Write \`${write}\`.`],
  "open-quote": ({ write }) => ["The quote is not closed on its line.", `Close it: \`${write}\`.`],
  "wrong-quote": ({ write }) => ["Only double quotes make a quoted value.", `Write \`${write}\`.`],
  "stray-quote": ({ write }) => ["A quote stands in the middle of a value.", `Write \`${write}\`.`],
  "not-a-call": ({ text, write }) => [
    `\`${shorten(text)}\` stands directly behind \`@cached\`.`,
    text.startsWith("(")
      ? `In a comment write \`${write}\`; to switch a decorator off, put a second \`//\` in front of it.`
      : `Write the options as pairs behind a space: \`${write}\`.`,
  ],
};

/** A value for each option, to be shown. */
const SAMPLES: Readonly<Record<string, string>> = {
  ttl: "10",
  swr: "5m",
  sie: "1h",
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

/** Returns what is wrong and what to write instead, a sentence each. */
export function explainFault(fault: SyntaxFault): readonly [message: string, help: string] {
  return SYNTAX[fault.fault](fault as never);
}
