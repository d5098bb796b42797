/** Kills servers and removes their folders when the test process ends. */
import { spawn, type ChildProcess } from "node:child_process";
import { base } from "./folders.ts";

/**
 * Shell script that reads `+ pid`, `- pid` and `folder path`. When its input ends, it kills and removes what
 * is left. The input ends when the process that writes it ends, even by kill -9.
 */
const REAPER_SCRIPT = `
pids=" "
while read -r what value; do
  case "$what" in
    +) pids="$pids$value " ;;
    -) pids="\${pids%% $value *} \${pids#* $value }" ;;
    folder) set -- "$@" "$value" ;;
  esac
done
[ "$pids" = " " ] || kill -9 $pids 2>/dev/null
# A killed program may still be writing: what appears behind rm goes in the next round.
for round in 1 2 3; do rm -rf "$@" 2>/dev/null; done
`;

let reaper: ChildProcess | undefined;

function send(line: string): void {
  reaper ??= startReaper();
  reaper.stdin!.write(`${line}\n`);
}

function startReaper(): ChildProcess {
  // In its own session, so that Ctrl-C does not end the process that cleans up.
  const child = spawn("sh", ["-c", REAPER_SCRIPT, "reaper"], {
    cwd: base,
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}

/** Kills a process when this process ends, however it ends. The returned function cancels that. */
export function reap(pid: number): () => void {
  send(`+ ${pid}`);
  return () => send(`- ${pid}`);
}

/** Removes a folder when this process ends, however it ends. */
export function reapFolder(folder: string): void {
  send(`folder ${folder}`);
}
