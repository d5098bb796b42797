import { ConfigFile, UnclearConfigError } from "./config-file.ts";
import type { PackagePlan } from "./plan.ts";

/** The folder that `aotcache rewrite` writes to. */
const OUT = ".aotcache";
const COMMAND = `aotcache rewrite --out ${OUT}`;

/** Lets Wrangler bundle what `aotcache rewrite` writes, which its custom build runs before each bundle. */
export function planWrangler(plan: PackagePlan): void {
  const [file] = plan.files(/^wrangler\.(?:toml|jsonc?)$/);
  // With Cloudflare's plugin, or a framework, Vite or the framework builds the Worker.
  if (file === undefined || plan.tools.size > (plan.tools.has("Vitest") ? 1 : 0)) return;
  plan.tools.add("Wrangler");
  const text = plan.read(file)!;
  if (text.includes("aotcache")) return;
  const changed = file.endsWith(".toml") ? changedToml(text) : changedJson(file, text);
  if (changed === undefined) {
    plan.manual.push(
      `${file} has a form that cannot be edited safely. Let \`main\` name a file below \`${OUT}/\`, and run \`${COMMAND}\` as \`build.command\`, with \`build.watch_dir\` for the folder of the sources.`,
    );
    return;
  }
  plan.write(file, changed);
  const ignored = plan.read(".gitignore");
  if (ignored !== undefined && !ignored.includes(OUT))
    plan.write(".gitignore", `${ignored.replace(/\n*$/, "\n")}${OUT}/\n`);
}

/** `src/index.ts` in a form that does not matter to Wrangler: `./src/index.ts`. */
const SOURCE = /^(?:\.\/)?(?!\.)((?:([\w.-]+)\/)?.*\.[cm]?[jt]sx?)$/;

function changedJson(file: string, text: string): string | undefined {
  try {
    const config = new ConfigFile(file, text);
    const root = config.exported()[0]!;
    const [, main, folder] = SOURCE.exec(JSON.parse(config.textOf(root, "main") ?? '""') as string) ?? [];
    if (main === undefined || config.objectIn(root, "build")) return undefined;
    config.set(root, "main", JSON.stringify(`${OUT}/${main}`));
    config.set(root, "build", `{ "command": "${COMMAND}", "watch_dir": ${JSON.stringify(folder ?? ".")} }`);
    return config.toString();
  } catch (error) {
    if (error instanceof UnclearConfigError) return undefined;
    throw error;
  }
}

function changedToml(text: string): string | undefined {
  const written = /^main\s*=\s*(["'])(.*)\1[^\S\n]*$/m.exec(text);
  const [, main, folder] = SOURCE.exec(written?.[2] ?? "") ?? [];
  if (main === undefined || /^\s*\[?build\b/m.test(text)) return undefined;
  const table = `\n[build]\ncommand = "${COMMAND}"\nwatch_dir = ${JSON.stringify(folder ?? ".")}\n`;
  return (
    text.replace(written![0], `main = ${JSON.stringify(`${OUT}/${main}`)}`).replace(/\n*$/, "\n") + table
  );
}
