/** Finds and installs the programs that tests need. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { base } from "./folders.ts";
import { until } from "./until.ts";

export type Program = "redis-server" | "memcached" | "chromium" | "prometheus";

const SERVERS: readonly Program[] = ["redis-server", "memcached"];

/** Folders that may be missing from the PATH of a regular user. */
const COMMON_FOLDERS = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/bin"];

/**
 * Shell script that installs Debian packages as root without leaving a service running. Its arguments are the
 * names.
 *
 * `policy-rc.d` keeps Debian from starting what it installs; `systemctl disable` does so for the next boot. A
 * service of that name that existed before belongs to the user and is left alone.
 */
const INSTALL_SCRIPT = `
set -e
export DEBIAN_FRONTEND=noninteractive
services=
for name in "$@"; do
  [ -e "/etc/init.d/$name" ] || [ -e "/etc/systemd/system/$name.service" ] || services="$services $name"
done
policy=/usr/sbin/policy-rc.d
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get -q -o DPkg::Lock::Timeout=120 update
apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
for name in $services; do
  if command -v systemctl >/dev/null; then systemctl disable --now "$name" || true; fi
done
`;

/** The machine to install on. Tests replace it. */
export interface Machine {
  find(program: Program): string | undefined;
  /** The command that runs a shell as root, if that is possible and apt-get exists. */
  rootShell(): readonly string[] | undefined;
  /** Prints a line for the user. */
  log(line: string): void;
}

const thisMachine: Machine = { find: findProgram, rootShell, log: (line) => console.error(line) };

/** Returns the path of a program, or `undefined` if it is not installed. */
export function findProgram(program: Program): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...COMMON_FOLDERS];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Ensures that programs are installed: uses those on the PATH, else installs them with apt-get, as root or with a
 * sudo that needs no password. Several processes may call it at once: one of them installs.
 *
 * Throws an error with the command to run if it cannot install them.
 *
 * @example
 * await ensurePrograms(["redis-server"]);
 */
export async function ensurePrograms(
  programs: readonly Program[] = SERVERS,
  machine: Machine = thisMachine,
): Promise<void> {
  const missing = (): Program[] => programs.filter((program) => machine.find(program) === undefined);
  if (missing().length === 0) return;
  const unlock = await acquireLock();
  try {
    const needed = missing();
    if (needed.length === 0) return;
    const output = install(needed, machine);
    if (missing().length > 0)
      throw new Error(`${advice(needed)}\nThat failed when it was tried:\n\n${output}\n`);
  } finally {
    unlock();
  }
}

function advice(needed: readonly Program[]): string {
  const names = needed.join(" ");
  return `${needed.join(" and ")} ${needed.length === 1 ? "is" : "are"} not installed. Install with:\n\n  sudo apt-get update && sudo apt-get install -y ${names}\n`;
}

/** Returns the end of the output. */
function install(needed: readonly Program[], machine: Machine): string {
  const asRoot = machine.rootShell();
  if (!asRoot) throw new Error(advice(needed));
  machine.log(`installing ${needed.join(" and ")} with apt-get`);
  const [file, ...args] = [...asRoot, "-c", INSTALL_SCRIPT, "install", ...needed];
  const run = spawnSync(file!, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return `${run.stdout}${run.stderr}`.trim().split("\n").slice(-8).join("\n");
}

function rootShell(): string[] | undefined {
  if (!isExecutable("/usr/bin/apt-get")) return undefined;
  if (process.getuid?.() === 0) return ["sh"];
  const sudo = spawnSync("sudo", ["-n", "true"], { stdio: "ignore" });
  return sudo.status === 0 ? ["sudo", "-n", "sh"] : undefined;
}

/** Waits for a lock, which is held until it is released or this process is dead. */
async function acquireLock(): Promise<() => void> {
  const file = join(base, "install.lock");
  mkdirSync(base, { recursive: true });
  return until(
    "another process has installed the servers",
    () => {
      try {
        writeFileSync(file, `${process.pid}`, { flag: "wx" });
        return () => rmSync(file, { force: true });
      } catch {
        if (ownerIsDead(file)) rmSync(file, { force: true });
        return undefined;
      }
    },
    { within: 300_000, every: 100 },
  );
}

function ownerIsDead(file: string): boolean {
  try {
    const owner = Number(readFileSync(file, "utf8"));
    // An empty file: its owner is about to write its process id.
    if (owner > 0) process.kill(owner, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
