/** What `aotcache init` will change in one package. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../src/index.ts";
import { ConfigFile, UnclearConfigError } from "./config-file.ts";

/** The fields in use of a package.json. */
interface PackageJson {
  readonly name?: string;
  readonly type?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly jest?: object;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** An edit of one file. */
export interface ConfigEdit {
  readonly file: string;
  /** The text by which a file shows that it has been edited before: `aotcache/vite`. */
  readonly mark: string;
  readonly change: (config: ConfigFile) => void;
  /** What the user must write if the file cannot be edited. */
  readonly advice: string;
}

/** Collects changes of the files of one package. Nothing is written. */
export class PackagePlan {
  readonly folder: string;
  readonly manifest: PackageJson;
  /** The names of the files in the folder. */
  readonly names: readonly string[];
  /** What the package builds with: `Vite`, `Jest`. */
  readonly tools: Set<string> = new Set();
  /** The new texts of files, by their path in the package. */
  readonly changed: Map<string, string> = new Map();
  /** What the user has to do. */
  readonly manual: string[] = [];
  /** Packages that the changes need, in addition to aotcache and ts-morph, and their versions. */
  readonly devDependencies: Map<string, string> = new Map();
  /** Programs of these packages to run once they are installed, with their arguments. */
  readonly programs: (readonly string[])[] = [];

  /** @throws {InputError} if there is no package.json, or if it is not JSON */
  constructor(folder: string) {
    this.folder = folder;
    this.names = readdirSync(folder);
    if (!this.names.includes("package.json"))
      throw new InputError(
        `${folder} has no package.json. Run \`aotcache init\` in the folder of a package.`,
      );
    try {
      this.manifest = JSON.parse(this.read("package.json")!) as PackageJson;
    } catch {
      throw new InputError(`${join(folder, "package.json")} is not JSON.`);
    }
  }

  /** The commands in `scripts`, by name. */
  get scripts(): Readonly<Record<string, string>> {
    return this.manifest.scripts ?? {};
  }

  /** Whether any script matches. */
  runs(command: RegExp): boolean {
    return Object.values(this.scripts).some((script) => command.test(script));
  }

  /** The version of a dependency, as package.json has it. */
  dependency(name: string): string | undefined {
    return this.manifest.dependencies?.[name] ?? this.manifest.devDependencies?.[name];
  }

  /** The files in the folder whose names match. */
  files(name: RegExp): readonly string[] {
    return this.names.filter((each) => name.test(each));
  }

  /** The text of a file, with the changes so far. */
  read(file: string): string | undefined {
    const path = join(this.folder, file);
    return this.changed.get(file) ?? (existsSync(path) ? readFileSync(path, "utf8") : undefined);
  }

  write(file: string, text: string): void {
    this.changed.set(file, text);
  }

  /** Edits a file, unless it has been edited before. If its form is unclear, the advice goes to the user. */
  edit({ file, mark, change, advice }: ConfigEdit): void {
    const text = this.read(file)!;
    if (text.includes(mark)) return;
    try {
      const config = new ConfigFile(file, text);
      change(config);
      this.write(file, config.toString());
    } catch (error) {
      if (!(error instanceof UnclearConfigError)) throw error;
      this.manual.push(`${file} has a form that cannot be edited safely. ${advice}`);
    }
  }

  /** Changes scripts of package.json. */
  editScripts(change: (script: string, name: string) => string | undefined): void {
    const config = new ConfigFile("package.json", this.read("package.json")!);
    const scripts = config.objectIn(config.exported()[0]!, "scripts");
    const changeText = (text: string, name: string): string | undefined => {
      const script = JSON.parse(text) as string;
      const changed = change(script, name);
      return changed === script || changed === undefined ? undefined : JSON.stringify(changed);
    };
    if (scripts && config.changeValues(scripts, changeText)) this.write("package.json", config.toString());
  }
}
