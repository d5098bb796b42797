import { spawn, type ChildProcess } from "node:child_process";
import { base } from "./folders.ts";

/**
 * Reads `+pid`, `-pid` and the like for folders; when its input ends, kills and removes what is left. The
 * input ends when the process that writes it is gone, by whatever: kill -9 included.
 */
const SCRIPT = `
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

function tell(line: string): void {
  reaper ??= startReaper();
  reaper.stdin!.write(`${line}\n`);
}

function startReaper(): ChildProcess {
  // In a session of its own, so that Ctrl-C ends this process and not the one that cleans up behind it.
  const child = spawn("sh", ["-c", SCRIPT, "reaper"], {
    cwd: base,
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}

/** Has a program killed when this process ends, however it ends; the function returned takes that back. */
export function reap(pid: number): () => void {
  tell(`+ ${pid}`);
  return () => tell(`- ${pid}`);
}

/** Has a folder removed when this process ends, however it ends. */
export function reapFolder(folder: string): void {
  tell(`folder ${folder}`);
}
