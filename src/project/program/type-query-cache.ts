/** Answers about types outside of bodies, taken again while nothing changed that they stand on. */
import type { ts } from "ts-morph";
import type { SignatureTexts } from "./signature-text.ts";

export interface TypeQuery {
  /** Of the file. */
  readonly path: string;
  readonly source: ts.SourceFile;
  /** What the question is about. */
  readonly node: ts.Node;
  /** What is asked, with everything that decides the answer besides types. */
  readonly words: string;
}

export interface TypeQueryCacheOptions {
  readonly outsides: SignatureTexts;
  /** Another number where anything changed that types of the file stand on, but for bodies; undefined: nothing is known. */
  readonly stateOf: (path: string, source: ts.SourceFile) => number | undefined;
}

interface Known {
  readonly outside: string;
  readonly state: number;
  readonly answers: Map<string, unknown>;
}

export class TypeQueryCache {
  readonly #outsides: SignatureTexts;
  readonly #stateOf: TypeQueryCacheOptions["stateOf"];
  readonly #files = new Map<string, Known>();
  #asked = 0;

  constructor({ outsides, stateOf }: TypeQueryCacheOptions) {
    this.#outsides = outsides;
    this.#stateOf = stateOf;
  }

  /** Says that a question led to the program: answers without are found as fast as they are kept. */
  note(): void {
    this.#asked++;
  }

  /** @param lasts whether the answer holds no place in the text, which an edit would move */
  query<T>(question: TypeQuery, ask: () => T, lasts: (answer: T) => boolean): T {
    const known = this.#files.get(question.path);
    const key = known && this.#keyOf(question);
    if (key !== undefined && known!.answers.has(key) && this.#holds(known!, question)) {
      return known!.answers.get(key) as T;
    }
    const before = this.#asked;
    const answer = ask();
    if (this.#asked !== before && lasts(answer)) this.#keep(question, answer);
    return answer;
  }

  #holds({ outside, state }: Known, { path, source }: TypeQuery): boolean {
    return this.#outsides.of(source)?.text === outside && this.#stateOf(path, source) === state;
  }

  #keep(question: TypeQuery, answer: unknown): void {
    const { path, source } = question;
    const [key, state] = [this.#keyOf(question), this.#stateOf(path, source)];
    if (key === undefined || state === undefined) return;
    let known = this.#files.get(path);
    if (!known || !this.#holds(known, question)) {
      known = { outside: this.#outsides.of(source)!.text, state, answers: new Map<string, unknown>() };
      this.#files.set(path, known);
    }
    known.answers.set(key, answer);
  }

  #keyOf({ source, node, words }: TypeQuery): string | undefined {
    const place = this.#outsides.of(source)?.placeOf(node.getStart(source));
    return place === undefined ? undefined : `${place} ${words}`;
  }
}
