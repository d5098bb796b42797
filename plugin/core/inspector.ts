/** The inspector in Vite's development server, with what the compiler knows of each file. */
import { posix } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import picocolors from "picocolors";
import type { Connect, ViteDevServer } from "vite";
import { manifestSites } from "./manifest.ts";
import type { ScannedFile } from "./scan.ts";

/** How the development server shows the inspector. */
export interface InspectorSettings {
  /** Whether kept values are shown. Default: `false`, only their types and sizes. */
  readonly values?: boolean;
}

/** The marked files that were compiled, and a search for the others. */
export interface CompiledFiles {
  readonly known: ReadonlyMap<string, Omit<ScannedFile, "file">>;
  scan(): Promise<readonly ScannedFile[]>;
}

/** The longest wait for files that no module has imported yet: later requests have them. */
const SCAN_MS = 1000;

/** Serves the inspector below `__aotcache/`, and names its address with those of the server. */
export function serveInspector(
  server: ViteDevServer,
  files: CompiledFiles,
  { values = false }: InspectorSettings,
): void {
  const { base, root, logger } = server.config;
  const inProject = (path: string): string => posix.relative(root.replaceAll("\\", "/"), path);
  let scanned: readonly ScannedFile[] = [];
  let scan: Promise<unknown> | undefined;
  const all = (): ScannedFile[] => {
    const known = [...files.known].map(([path, each]) => ({ ...each, file: inProject(path) }));
    const others = scanned.filter(({ path }) => !files.known.has(path));
    return [...known, ...others.map((each) => ({ ...each, file: inProject(each.path) }))];
  };
  const load = async () => {
    const { inspector } = await import("../../runtime/inspector.ts");
    return inspector({
      values,
      authorize: ({ url }) => isAllowedHost(server, new URL(url).hostname),
      editor: `${base}__open-in-editor?file=`,
      async manifest() {
        scan ??= files.scan().then(
          (found) => (scanned = found),
          // Its errors are those of `aotcache check`.
          () => undefined,
        );
        await Promise.race([scan, pause(SCAN_MS, undefined, { ref: false })]);
        return { sites: manifestSites(all()) };
      },
      source(file) {
        const found = all().find((each) => each.file === file);
        if (!found) return undefined;
        const { code = found.text, diagnostics } = found.compilation;
        return { before: found.text, after: code, diagnostics };
      },
    });
  };
  let loaded: ReturnType<typeof load> | undefined;
  const serve: Connect.NextHandleFunction = (request, response, next) => {
    (loaded ??= load()).then(({ node }) => node(request, response)).catch(next);
  };
  server.middlewares.use(`${base}__aotcache`, serve);
  const { printUrls } = server;
  server.printUrls = () => {
    printUrls();
    const [address] = server.resolvedUrls?.local ?? [];
    if (address === undefined) return;
    const { green, bold, cyan } = picocolors;
    logger.info(`  ${green("➜")}  ${bold("aotcache")}: ${cyan(`${address}__aotcache/`)}`);
  };
}

/**
 * Vite 6 checks the host of a request only behind the middlewares of plugins. A page of another site could otherwise reach
 * the server by a name of its own that leads to this machine.
 */
function isAllowedHost({ config }: ViteDevServer, host: string): boolean {
  const { allowedHosts = [] } = config.server as { allowedHosts?: readonly string[] | true };
  if (allowedHosts === true || /^(?:(?:.+\.)?localhost|[\d.]+|\[.*\])$/.test(host)) return true;
  return allowedHosts.some((each) =>
    each.startsWith(".") ? host === each.slice(1) || host.endsWith(each) : host === each,
  );
}
