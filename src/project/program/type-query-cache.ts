/** Caches the results of type queries that do not depend on function bodies. */
import type { ts } from "ts-morph";
import type { SignatureTexts } from "./signature-text.ts";

export interface TypeQuery {
  /** The path of the file. */
  readonly path: string;
  readonly source: ts.SourceFile;
  /** The node that the query is about. */
  readonly node: ts.Node;
  /** Identifies the query. It contains everything that decides the result besides types. */
  readonly question: string;
}

export interface TypeQueryCacheOptions {
  readonly signatures: SignatureTexts;
  /**
   * Returns a number that changes when the types of a file may have changed because of more than function bodies.
   * Undefined if the program does not contain the source.
   */
  readonly typeVersionOf: (path: string, source: ts.SourceFile) => number | undefined;
}

/** The results of one file from another process, as long as nothing has changed but bodies in the file. */
export interface StoredAnswers {
  /** The hash of the signature text. */
  readonly signature: string;
  readonly results: ReadonlyMap<string, unknown>;
}

/** The results of one file. They are valid for this signature text and type version. */
interface FileResults {
  readonly signatureText: string;
  readonly typeVersion: number;
  readonly results: Map<string, unknown>;
}

/** Each edit of a body adds those about the body. */
const MAX_RESULTS = 10_000;

export class TypeQueryCache {
  readonly #signatures: SignatureTexts;
  readonly #typeVersionOf: TypeQueryCacheOptions["typeVersionOf"];
  readonly #files = new Map<string, FileResults>();
  #programUses = 0;
  #stored: (StoredAnswers & { readonly path: string }) | undefined;
  #storedUses = 0;

  constructor({ signatures, typeVersionOf }: TypeQueryCacheOptions) {
    this.#signatures = signatures;
    this.#typeVersionOf = typeVersionOf;
  }

  /** Counts uses of the program. Results that do not need it are not cached: computing them is as fast. */
  countProgramUse(): void {
    this.#programUses++;
  }

  /** Answers queries about a file from another process, until the next call. */
  setStored(path: string, answers: StoredAnswers | undefined): void {
    this.#stored = answers && { path, ...answers };
    this.#storedUses = 0;
  }

  /** Whether a query was answered by the results that were set. */
  get usesStored(): boolean {
    return this.#storedUses > 0;
  }

  /** Returns the results of a file for another process, if they are valid. */
  answersOf(path: string, source: ts.SourceFile): StoredAnswers | undefined {
    const cached = this.#files.get(path);
    if (!cached || !this.#isValid(cached, { path, source })) return undefined;
    return { signature: this.#signatures.of(source)!.hash, results: new Map(cached.results) };
  }

  /** @param isStorable whether the result contains no offset into the text, which an edit would move */
  get<T>(query: TypeQuery, compute: () => T, isStorable: (result: T) => boolean): T {
    const cached = this.#files.get(query.path);
    const key = cached && this.#keyOfQuery(query);
    if (key !== undefined && cached!.results.has(key) && this.#isValid(cached!, query)) {
      return cached!.results.get(key) as T;
    }
    if (this.#stored?.path === query.path) {
      const stored = this.#storedAnswer(this.#stored, query);
      if (stored) {
        this.#storedUses++;
        return stored.answer as T;
      }
    }
    const before = this.#programUses;
    const result = compute();
    if (this.#programUses !== before && isStorable(result)) this.#store(query, result);
    return result;
  }

  #storedAnswer(
    { signature, results }: StoredAnswers,
    query: TypeQuery,
  ): { readonly answer: unknown } | undefined {
    const key = this.#keyOfQuery(query);
    if (key === undefined || !results.has(key)) return undefined;
    return this.#signatures.of(query.source)!.hash === signature ? { answer: results.get(key) } : undefined;
  }

  #isValid(
    { signatureText, typeVersion }: FileResults,
    { path, source }: Pick<TypeQuery, "path" | "source">,
  ): boolean {
    return (
      this.#signatures.of(source)?.text === signatureText && this.#typeVersionOf(path, source) === typeVersion
    );
  }

  #store(query: TypeQuery, result: unknown): void {
    const { path, source } = query;
    const [key, typeVersion] = [this.#keyOfQuery(query), this.#typeVersionOf(path, source)];
    if (key === undefined || typeVersion === undefined) return;
    let cached = this.#files.get(path);
    if (!cached || !this.#isValid(cached, query)) {
      const signatureText = this.#signatures.of(source)!.text;
      cached = { signatureText, typeVersion, results: new Map<string, unknown>() };
      this.#files.set(path, cached);
    }
    if (cached.results.size >= MAX_RESULTS) cached.results.clear();
    cached.results.set(key, result);
  }

  #keyOfQuery({ source, node, question }: TypeQuery): string | undefined {
    const place = this.#signatures.of(source)?.placeOf(node.getStart(source));
    return place === undefined ? undefined : `${place} ${node.kind} ${question}`;
  }
}
