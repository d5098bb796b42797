import { join } from "node:path";
import { formatSite, sitesOf } from "../../src/index.ts";
import { manifestSites, writeManifest } from "../core/manifest.ts";
import { diagnosticsOf } from "./finding.ts";
import { colorOf, count } from "./io.ts";
import { from, scan, shown, type Run, type Scan } from "./project.ts";

/** `aotcache list`: every cached function; 1 if errors keep some from being listed. */
export async function list(run: Run): Promise<number> {
  const { io, values } = run;
  const scanned = await scan(run);
  const sites = manifestSites(scanned.files);
  const errors = scanned.files.flatMap(diagnosticsOf).filter(({ severity }) => severity === "error").length;
  if (values.json) io.stdout.write(`${JSON.stringify(sites, undefined, 2)}\n`);
  else if (values.manifest === undefined) {
    const color = colorOf(io.stdout, run);
    const texts = scanned.files.flatMap(({ path, compilation }) =>
      sitesOf(shown(path, io), compilation).map((site) => `${formatSite(site, { color })}\n\n`),
    );
    io.stdout.write(texts.join(""));
    io.stderr.write(`${countOf(sites.length, scanned)}.\n`);
  }
  if (errors > 0) {
    const without = values.manifest === undefined ? "" : " No manifest was written.";
    io.stderr.write(
      `aotcache: ${count(errors, "error")} may keep functions from the list; see \`aotcache check\`.${without}\n`,
    );
    return 1;
  }
  if (values.manifest !== undefined) {
    const { root } = scanned.project;
    const path = values.manifest === true ? join(root, MANIFEST) : from(io.cwd, values.manifest);
    const changed = writeManifest(path, scanned.files);
    const said = changed ? "written" : "up to date";
    io.stderr.write(`${shown(path, io)} is ${said}: ${countOf(sites.length, scanned)}.\n`);
  }
  return 0;
}

const MANIFEST = "aotcache.manifest.json";

function countOf(functions: number, { files, project }: Scan): string {
  if (functions === 0) return `no cached functions in ${count(project.files.length, "file")}`;
  const holders = files.filter((file) => manifestSites([file]).length > 0).length;
  return `${count(functions, "cached function")} in ${count(holders, "file")}`;
}
