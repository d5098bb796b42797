/** Measures whole processes: processor time and peak memory, as the process itself reports them when it ends. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HOOK = fileURLToPath(new URL("report-usage.cjs", import.meta.url));

/**
 * Runs Node.js in a folder.
 *
 * @param codes the expected exit codes
 * @returns seconds of wall time as `value`, seconds of processor time as `cpu`, and the peak as `megabytes`
 */
export async function measureProcess(folder, args, { codes = [0] } = {}) {
  const report = mkdtempSync(join(tmpdir(), "aotcache-usage-"));
  const file = join(report, "usage.json");
  try {
    const env = { ...process.env, NODE_OPTIONS: `--require ${HOOK}`, USAGE_FILE: file };
    const start = performance.now();
    const { code, output } = await run(folder, args, env);
    const value = (performance.now() - start) / 1000;
    if (!codes.includes(code)) throw new Error(`${args.join(" ")} ended with ${code}: ${output.slice(-500)}`);
    return { value, ...JSON.parse(readFileSync(file, "utf8")) };
  } finally {
    rmSync(report, { recursive: true, force: true });
  }
}

function run(cwd, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.on("error", reject);
    child.on("exit", (code) => resolve({ code, output }));
  });
}
