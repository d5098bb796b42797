/** Adds the diagnostics, fixes and hovers of aotcache to the language service of a project. */
import type ts from "typescript";
import { mayContainMark } from "../../src/index.ts";
import type { EditorOptions } from "../editor/checker.ts";
import { fixesOf } from "../editor/fixes.ts";
import { DIAGNOSTIC_CODE, diagnosticOf, failureOf } from "../tsc/outcome.ts";
import type { Answer } from "./messages.ts";
import { moved } from "./moved.ts";
import { type OpenFiles, textOf } from "./open-files.ts";
import type { CheckThread } from "./thread.ts";

/** How long a hover and a list of fixes may take, for which nobody types. */
const PATIENCE_MS = 300;

export interface ServiceContext {
  readonly ts: typeof ts;
  readonly info: ts.server.PluginCreateInfo;
  readonly options: EditorOptions;
  readonly thread: CheckThread;
  readonly openFiles: OpenFiles;
  readonly log: (message: string) => void;
}

/** The answer about a file, for the text that the editor has now. */
interface Checked extends Pick<Answer, "diagnostics" | "hovers" | "failure"> {
  readonly text: string;
}

export function decorate({
  ts: TS,
  info,
  options,
  thread,
  openFiles,
  log,
}: ServiceContext): ts.LanguageService {
  const { languageService: service, languageServiceHost: host, project } = info;
  /** The program for which a file was checked last. While it is the same, so is the answer. */
  const checkedFor = new Map<string, ts.Program>();

  /** @param patience how long to wait for an answer that is on its way, in milliseconds */
  function check(path: string, patience = 0): Checked | undefined {
    const snapshot = host.getScriptSnapshot(path);
    const text = snapshot && textOf(snapshot);
    if (text === undefined || !mayContainMark(text)) return undefined;
    const program = service.getProgram();
    if (thread.isNew) openFiles.clear();
    if (checkedFor.get(path) !== program || !thread.answerFor(path)) {
      const opened = openFiles.changes(project.projectService);
      thread.ask({ path, text, options, cwd: project.getCurrentDirectory(), opened });
      if (program) checkedFor.set(path, program);
    }
    if (thread.answerFor(path)?.text !== text) thread.wait(patience);
    const answer = thread.answerFor(path);
    return answer && movedTo(answer, text);
  }

  const additions: Partial<ts.LanguageService> = {
    getSemanticDiagnostics(path) {
      const found = service.getSemanticDiagnostics(path);
      return orElse(found, () => {
        const file = service.getProgram()?.getSourceFile(path);
        const checked = file && check(path);
        if (!checked) return found;
        const failure = checked.failure === undefined ? [] : [failureIn(file, checked.failure)];
        return [...found, ...checked.diagnostics.map((each) => diagnosticOf(TS, each, file)), ...failure];
      });
    },
    getQuickInfoAtPosition(path, position, ...rest) {
      const found = service.getQuickInfoAtPosition(path, position, ...rest);
      return orElse(found, () => {
        const hover = check(path, PATIENCE_MS)?.hovers.find(
          ({ span }) => span.start <= position && position <= span.end,
        );
        if (!hover || !found) return found;
        const text = `${found.documentation?.length ? "\n\n" : ""}aotcache: ${hover.text}`;
        return { ...found, documentation: [...(found.documentation ?? []), { kind: "text", text }] };
      });
    },
    getCodeFixesAtPosition(path, start, end, codes, ...rest) {
      const found = service.getCodeFixesAtPosition(path, start, end, codes, ...rest);
      if (!codes.includes(DIAGNOSTIC_CODE)) return found;
      return orElse(found, () => {
        const checked = check(path, PATIENCE_MS);
        const diagnostics = checked?.diagnostics.filter(({ span }) => span.start <= end && start <= span.end);
        const added = (diagnostics ?? []).flatMap((each) => fixesOf(checked!.text, each));
        return [...found, ...added.map((fix) => actionOf(path, fix))];
      });
    },
    getSupportedCodeFixes: (...args) => [...service.getSupportedCodeFixes(...args), String(DIAGNOSTIC_CODE)],
  };

  /** Never lets an error of this plugin reach the editor. */
  function orElse<T>(known: T, compute: () => T): T {
    try {
      return compute();
    } catch (error) {
      log((error as Error).stack ?? String(error));
      return known;
    }
  }

  function failureIn(file: ts.SourceFile, message: string): ts.Diagnostic {
    const [line = message] = message.split("\n", 1);
    return { ...failureOf(TS, line), file, start: 0, length: 0 };
  }

  return new Proxy(service, {
    get: (target, name: keyof ts.LanguageService) => additions[name] ?? target[name],
  });
}

/** Moves an answer to the text of now. Problems in what was edited since are left out until the next answer. */
function movedTo(answer: Answer, text: string): Checked {
  const move = <T extends { readonly span: Answer["hovers"][number]["span"] }>(each: T): readonly T[] => {
    const span = moved(each.span, answer.text, text);
    return span ? [{ ...each, span }] : [];
  };
  return {
    ...answer,
    text,
    diagnostics: answer.diagnostics.flatMap(move),
    hovers: answer.hovers.flatMap(move),
  };
}

function actionOf(
  fileName: string,
  { title, span, text }: ReturnType<typeof fixesOf>[number],
): ts.CodeFixAction {
  const change = { span: { start: span.start, length: span.end - span.start }, newText: text };
  return {
    fixName: "aotcache",
    description: title,
    changes: [{ fileName, textChanges: [change] }],
  };
}
