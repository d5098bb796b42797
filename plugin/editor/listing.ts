/** Lists the sources of a tsconfig, and lists them again when something on disk has changed. */
import { readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { listProjectSync, type ListedProject } from "../../src/index.ts";

/** Files that package managers write at the end of an installation, in `node_modules`. */
const INSTALLED = [".package-lock.json", ".modules.yaml", ".yarn-state.yml"];

/** What changed since the last look. */
export interface Changes {
  /** The paths of sources and tsconfigs that were changed, created or deleted. */
  readonly paths: readonly string[];
  /** Whether packages were installed or removed. */
  readonly packages: boolean;
}

interface ReadText {
  readonly stamp: string;
  readonly text: string;
}

export class Listing {
  readonly #tsconfig: string;
  readonly #stamps = new Map<string, string>();
  readonly #texts = new Map<string, ReadText>();
  #project: ListedProject | undefined;
  #sources: ReadonlySet<string> = new Set();

  /** @param tsconfig its path, which is absolute */
  constructor(tsconfig: string) {
    this.#tsconfig = tsconfig;
  }

  /** @throws {InputError} if the tsconfig cannot be read */
  get project(): ListedProject {
    return (this.#project ??= this.#list());
  }

  /** Whether `aotcache check` compiles a file. One that is not on disk yet counts if the tsconfig would list it. */
  contains(path: string): boolean {
    const { wouldList } = this.project;
    return this.#sources.has(path) || (stampAt(path) === "" && wouldList(path));
  }

  /** Looks for changes on disk. */
  refresh(): Changes {
    const changed = [...this.#stamps]
      .filter(([path, stamp]) => stampAt(path) !== stamp)
      .map(([path]) => path);
    if (changed.length === 0) return { paths: [], packages: false };
    const before = this.#sources;
    this.#project = undefined;
    for (const path of changed) this.#stamps.set(path, stampAt(path));
    const { configs } = this.project;
    const paths = changed.filter((path) => before.has(path) || configs.includes(path));
    const added = [...this.#sources].filter((path) => !before.has(path));
    return {
      paths: [...new Set([...paths, ...added])],
      packages: changed.some((path) => path.includes("/node_modules/")),
    };
  }

  /** The text of a source on disk. */
  textOf(path: string): string {
    const stamp = this.#stamps.get(path) ?? stampAt(path);
    const known = this.#texts.get(path);
    if (known?.stamp === stamp) return known.text;
    const text = stamp === "" ? "" : readFileSync(path, "utf8").replace(/^\uFEFF/, "");
    this.#texts.set(path, { stamp, text });
    return text;
  }

  #list(): ListedProject {
    const folder = posix.dirname(this.#tsconfig);
    const project = listProjectSync({ from: folder, tsconfig: this.#tsconfig });
    const { files, globalDeclarations, configs, root } = project;
    this.#sources = new Set([...files, ...globalDeclarations]);
    const folders = new Set([folder]);
    for (const path of this.#sources) addFolders(folders, path, folder);
    const installed = INSTALLED.map((name) => `${root}/node_modules/${name}`);
    this.#stamps.clear();
    for (const path of [...this.#sources, ...configs, ...folders, ...installed])
      this.#stamps.set(path, stampAt(path));
    for (const path of this.#texts.keys()) if (!this.#sources.has(path)) this.#texts.delete(path);
    return project;
  }
}

/** Adds the folders of a file, up to the folder of the project: a new source changes one of them. */
function addFolders(folders: Set<string>, path: string, top: string): void {
  for (let folder = posix.dirname(path); !folders.has(folder); folder = posix.dirname(folder)) {
    folders.add(folder);
    if (!folder.startsWith(`${top}/`)) return;
  }
}

/** Returns a text that differs between two states of a file or folder; `""` if there is none. */
function stampAt(path: string): string {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats ? `${stats.mtimeMs}:${stats.ctimeMs}:${stats.size}:${stats.ino}` : "";
  } catch {
    return "";
  }
}
