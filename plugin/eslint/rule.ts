/** The rule `aotcache/valid`. */
import { isInputError, mayContainMark } from "../../src/index.ts";
import { optionsKey } from "../core/options-key.ts";
import { Checker, type EditorOptions } from "../editor/checker.ts";
import { fixesOf, type Fix } from "../editor/fixes.ts";
import type { Report, RuleContext, RuleModule } from "./types.ts";

/** Of each folder and each set of options. ESLint in an editor lints several folders in a process that lives for hours. */
const checkers = new Map<string, Checker>();

export const valid: RuleModule = {
  meta: {
    type: "problem",
    docs: { description: "reports what `aotcache check` reports", recommended: true },
    fixable: "code",
    hasSuggestions: true,
    schema: [{ type: "object", additionalProperties: true }],
    messages: {
      error: "[{{name}}] {{message}} {{help}}",
      warning: "[{{name}}] {{message}} {{help}}",
      failure: "{{message}}",
      fix: "{{title}}",
    },
  },
  create(context) {
    const checker = checkerOf(context);
    const { filename, physicalFilename, sourceCode } = context;
    // A block of another file, of Markdown for example, is not a file that is compiled.
    if (filename !== physicalFilename || !mayContainMark(sourceCode.text)) return {};
    return {
      Program() {
        for (const report of reportsOf(checker, context)) context.report(report);
      },
    };
  },
};

/** @throws {InputError} if an option is unknown or has an invalid value */
function checkerOf({ options: [options = {}], cwd }: RuleContext): Checker {
  const key = optionsKey(cwd, options as EditorOptions);
  let checker = checkers.get(key);
  if (!checker) checkers.set(key, (checker = new Checker(options as EditorOptions, cwd)));
  return checker;
}

function reportsOf(checker: Checker, context: RuleContext): readonly Report[] {
  const { filename, sourceCode } = context;
  try {
    const { diagnostics = [] } = checker.check(filename, sourceCode.text) ?? {};
    return diagnostics.map(({ severity, name, message, help, ...each }) => {
      const fixes = fixesOf(sourceCode.text, { ...each, severity, name, message, help });
      const only = fixes.find(({ isOnly }) => isOnly);
      return {
        loc: {
          start: sourceCode.getLocFromIndex(each.span.start),
          end: sourceCode.getLocFromIndex(each.span.end),
        },
        messageId: severity,
        data: { name, message, help },
        ...(only && { fix: edit(only) }),
        suggest: only
          ? []
          : fixes.map((fix) => ({ messageId: "fix", data: { title: fix.title }, fix: edit(fix) })),
      };
    });
  } catch (error) {
    if (!isInputError(error)) throw error;
    const start = { line: 1, column: 0 };
    return [{ loc: { start, end: start }, messageId: "failure", data: { message: error.message } }];
  }
}

const edit =
  ({ span, text }: Fix): Report["fix"] & object =>
  (fixer) =>
    fixer.replaceTextRange([span.start, span.end], text);
