/** The thread that checks files. It alone loads the compiler, with a TypeScript of its own. */
import { readFileSync } from "node:fs";
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import {
  formatSite,
  isInputError,
  type Reference,
  type Site,
  sitesOf,
  type Span,
  stampOf,
} from "../../src/index.ts";
import { optionsKey } from "../core/options-key.ts";
import { Checker } from "../editor/checker.ts";
import type { CheckResult } from "../editor/project-checker.ts";
import type { Answer, Hover, Question } from "./messages.ts";

const { port, signal } = workerData as { readonly port: MessagePort; readonly signal: Int32Array };
const checkers = new Map<string, Checker>();
/** The texts of open files. */
const opened = new Map<string, string>();
const onDisk = new Map<string, { readonly stamp: string; readonly text: string | undefined }>();

port.on("message", (first: Question) => {
  // While this thread was busy, keys were pressed. Only the last text of each file is checked.
  const questions = new Map<string, Question>();
  const next = (): Question | undefined => receiveMessageOnPort(port)?.message as Question | undefined;
  for (let question: Question | undefined = first; question; question = next()) {
    for (const [path, text] of question.opened) {
      if (text === undefined) opened.delete(path);
      else opened.set(path, text);
    }
    questions.set(question.path, question);
  }
  for (const question of questions.values()) {
    port.postMessage(answerTo(question));
    Atomics.store(signal, 0, question.number);
    Atomics.notify(signal, 0);
  }
});

function answerTo({ number, path, text, options, cwd }: Question): Answer {
  try {
    const key = optionsKey(cwd, options);
    let checker = checkers.get(key);
    if (!checker) checkers.set(key, (checker = new Checker(options, cwd)));
    const unsaved = new Map([...opened].filter(([each, open]) => textOnDisk(each) !== open));
    const result = checker.check(path, text, unsaved);
    const { diagnostics = [] } = result ?? {};
    return { number, path, text, diagnostics, hovers: result ? hoversOf(text, result) : [] };
  } catch (error) {
    const { message, stack } = error as Error;
    const failure = isInputError(error) ? message : (stack ?? message);
    return { number, path, text, diagnostics: [], hovers: [], failure };
  }
}

function textOnDisk(path: string): string | undefined {
  const stamp = stampOf(path);
  const known = onDisk.get(path);
  if (known?.stamp === stamp) return known.text;
  const text = stamp === "" ? undefined : readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  onDisk.set(path, { stamp, text });
  return text;
}

/** Describes the functions of a file in the words of `aotcache list`, without the position. */
function hoversOf(source: string, { compilation: { sites, references } }: CheckResult): readonly Hover[] {
  const hovers = [
    ...sites.map((site) => ({ site, described: sitesOf("", { sites: [site], references: [] }) })),
    ...references.map((site) => ({ site, described: sitesOf("", { sites: [], references: [site] }) })),
  ];
  return hovers.map(({ site, described }) => {
    const [first = "", ...rest] = formatSite(described[0]!).split("\n");
    const key = first.slice(`:${site.line}:${site.column}  `.length);
    return { span: nameSpan(source, site), text: [key, ...rest.map((line) => line.trim())].join("\n") };
  });
}

/** Where the name of a function stands: in `const price = async (id) => …` before the function. */
function nameSpan(source: string, site: Site | Reference): Span {
  const name = site.id.name.split(".").at(-1)!;
  const { start, end } = site.span;
  if (source.slice(start, end) === name) return site.span;
  const at = source.lastIndexOf(name, start);
  return at >= 0 && start - at < MAX_DISTANCE ? { start: at, end: at + name.length } : site.span;
}

/** A name is not further from its function. Between them may stand a type. */
const MAX_DISTANCE = 300;
