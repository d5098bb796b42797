/** Finds the packages of a monorepo. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import picomatch from "picomatch";

/**
 * Returns the folders of the packages that package.json (`workspaces`) or pnpm-workspace.yaml name, sorted. Empty if the
 * folder is not the root of a monorepo.
 */
export function workspacesIn(root: string): readonly string[] {
  const globs = [
    ...globsOfPackageJson(join(root, "package.json")),
    ...globsOfPnpm(join(root, "pnpm-workspace.yaml")),
  ];
  const normal = globs.map((glob) => glob.replace(/^(!?)(?:\.\/)?(.*?)\/?$/, "$1$2"));
  const included = normal.filter((glob) => !glob.startsWith("!"));
  if (included.length === 0) return [];
  const excluded = normal.filter((glob) => glob.startsWith("!")).map((glob) => glob.slice(1));
  const [packages, others] = [included, excluded].map((each) =>
    each.map((glob) => picomatch.makeRe(glob, { dot: true })),
  );
  const isPackage = (path: string): boolean =>
    packages!.some((glob) => glob.test(path)) && !others!.some((glob) => glob.test(path));
  return foldersIn(root).filter(
    (folder) =>
      isPackage(relative(root, folder).split(sep).join("/")) && existsSync(join(folder, "package.json")),
  );
}

function globsOfPackageJson(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  try {
    const { workspaces = [] } = JSON.parse(readFileSync(path, "utf8")) as {
      workspaces?: readonly string[] | { readonly packages?: readonly string[] };
    };
    return "packages" in workspaces ? (workspaces.packages ?? []) : (workspaces as readonly string[]);
  } catch {
    // Whoever needs the file reports it.
    return [];
  }
}

/** The list `packages`, in the two forms that YAML has for a list. */
function globsOfPnpm(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8").replace(/^\s*#.*$/gm, "");
  const [, inline, block = ""] =
    /^packages:[^\S\n]*(?:\[([^\]]*)\]|\n((?:[^\S\n]*-.*\n?|\s*\n)*))/m.exec(text) ?? [];
  const items =
    inline === undefined
      ? [...block.matchAll(/^\s*-\s*(.*)$/gm)].map(([, item]) => item!)
      : inline.split(",");
  return items
    .map((item) =>
      item
        .replace(/\s+#.*$/, "")
        .trim()
        .replace(/^(["'])(.*)\1$/, "$2"),
    )
    .filter(Boolean);
}

/** All folders, without installed packages and hidden folders. */
function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
    .map((entry) => join(folder, entry.name))
    .sort()
    .flatMap((inside) => [inside, ...foldersIn(inside)]);
}
