/** Finds the marks of texts that are not on disk. */
import { find } from "../../src/find/index.ts";
import type { FoundMarks, Mark } from "../../src/find/mark.ts";
import { type ProjectFile, Workspace } from "../../src/project/workspace.ts";
import type { Span } from "../../src/site.ts";

const workspace = new Workspace();

/** A file that exists only as text, in a folder of the tests. */
export function fileOf(text: string, name = "input.ts"): ProjectFile {
  return workspace.fileFor(`test/virtual/${name}`, text);
}

export function foundIn(text: string, name?: string): FoundMarks {
  return find(fileOf(text, name));
}

/** Returns the only mark of a text. Throws if there are several, or any problems. */
export function onlyMark(text: string, name?: string): Mark {
  const { marks, problems } = foundIn(text, name);
  if (marks.length !== 1 || problems.length > 0) {
    throw new Error(`${marks.length} marks, ${JSON.stringify(problems)} in:\n${text}`);
  }
  return marks[0]!;
}

export const sliceOf = (text: string, { start, end }: Span): string => text.slice(start, end);

/** Returns the text with the edits applied. */
export function edited(
  text: string,
  edits: readonly { readonly span: Span; readonly text: string }[],
): string {
  return [...edits]
    .sort((one, other) => other.span.start - one.span.start)
    .reduce((out, { span, text: put }) => out.slice(0, span.start) + put + out.slice(span.end), text);
}
