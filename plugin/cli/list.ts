import { join } from "node:path";
import { formatSite, sitesOf } from "../../src/index.ts";
import { manifestSites, writeManifest } from "../core/manifest.ts";
import { diagnosticsOf } from "./finding.ts";
import { colorOf, count } from "./io.ts";
import { formatStats, readStats } from "./stats.ts";
import { absolutePath, displayPath, scan, type CommandRun, type ProjectScan } from "./project.ts";

/** `aotcache list`: prints every cached function. Returns 1 if errors may hide some of them. */
export async function list(run: CommandRun): Promise<number> {
  const { io, values } = run;
  const scanned = await scan(run);
  const sites = manifestSites(scanned.files);
  const statsOf = values.stats === undefined ? undefined : await readStats(values.stats);
  const errors = scanned.files.flatMap(diagnosticsOf).filter(({ severity }) => severity === "error").length;
  if (values.json) {
    const shown = statsOf ? sites.map((site) => ({ ...site, stats: statsOf(site) })) : sites;
    io.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
  } else if (values.manifest === undefined) {
    const color = colorOf(io.stdout, run);
    const texts = scanned.files.flatMap(({ path, compilation }) =>
      sitesOf(displayPath(path, io), compilation).map(
        (site) => formatSite(site, { color }) + (statsOf ? `\n  ${formatStats(statsOf(site))}` : ""),
      ),
    );
    io.stdout.write(texts.length > 0 ? `${texts.join("\n\n")}\n` : "");
    io.stderr.write(`${countFunctions(sites.length, scanned)}.\n`);
  }
  if (errors > 0) {
    const without = values.manifest === undefined ? "" : " No manifest was written.";
    io.stderr.write(
      `aotcache: ${count(errors, "error")} may hide functions; see \`aotcache check\`.${without}\n`,
    );
    return 1;
  }
  if (values.manifest !== undefined) {
    const { root } = scanned.project;
    const path =
      values.manifest === true ? join(root, DEFAULT_MANIFEST) : absolutePath(io.cwd, values.manifest);
    const changed = writeManifest(path, scanned.files);
    const state = changed ? "written" : "up to date";
    io.stderr.write(`${displayPath(path, io)} is ${state}: ${countFunctions(sites.length, scanned)}.\n`);
  }
  return 0;
}

const DEFAULT_MANIFEST = "aotcache.manifest.json";

function countFunctions(functions: number, { files, project }: ProjectScan): string {
  if (functions === 0) return `no cached functions in ${count(project.files.length, "file")}`;
  const holders = files.filter((file) => manifestSites([file]).length > 0).length;
  return `${count(functions, "cached function")} in ${count(holders, "file")}`;
}
