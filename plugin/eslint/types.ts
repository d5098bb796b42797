/** The parts of ESLint's interface that the plugin uses. They are the same in ESLint 9 and 10. */

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface RuleContext {
  readonly cwd: string;
  readonly filename: string;
  readonly physicalFilename: string;
  readonly options: readonly unknown[];
  readonly sourceCode: { readonly text: string; getLocFromIndex(index: number): Place };
  report(problem: Report): void;
}

type RuleFix = (fixer: {
  replaceTextRange(range: readonly [start: number, end: number], text: string): unknown;
}) => unknown;

export interface Report {
  readonly loc: { readonly start: Place; readonly end: Place };
  readonly messageId: string;
  readonly data: Readonly<Record<string, string>>;
  readonly fix?: RuleFix;
  readonly suggest?: readonly {
    readonly messageId: string;
    readonly data: Readonly<Record<string, string>>;
    readonly fix: RuleFix;
  }[];
}

export interface RuleModule {
  readonly meta: {
    readonly type: "problem";
    readonly docs: { readonly description: string; readonly recommended: true };
    readonly fixable: "code";
    readonly hasSuggestions: true;
    readonly schema: readonly object[];
    readonly messages: Readonly<Record<string, string>>;
  };
  create(context: RuleContext): { Program?(): void };
}

export interface LintMessage {
  ruleId: string | null;
  messageId?: string;
  severity: number;
}

export interface Processor {
  readonly meta: { readonly name: string };
  readonly supportsAutofix: true;
  preprocess(text: string): string[];
  postprocess(messages: LintMessage[][]): LintMessage[];
}

export interface ParserOptions {
  readonly filePath?: string;
}

/** The result of a parser. */
export interface Parsed {
  readonly ast: object;
  readonly services?: object;
  readonly scopeManager?: unknown;
  readonly visitorKeys?: unknown;
}

export interface Parser {
  readonly meta: { readonly name: string };
  parseForESLint(text: string, options: ParserOptions): Parsed;
}

export interface Config {
  readonly name: string;
  readonly files?: readonly string[];
  readonly plugins?: Readonly<Record<string, object>>;
  readonly rules?: Readonly<Record<string, "error">>;
  readonly processor?: Processor;
  readonly languageOptions?: { readonly parser: Parser };
}
