/** Server-sent events: the calls as they happen, and every second the counters that changed. */
import { clearInterval, setInterval } from "../platform/real-timers.ts";
import { unref } from "../platform/timer.ts";
import { loadedFunctions, statsOf } from "./describe.ts";
import { recorder } from "./record.ts";

/** Events in a second that are sent. The counters tell how many there were. */
const MAX_EVENTS = 200;
const STATS_MS = 1000;
/** Proxies end a connection that is silent for longer. */
const SILENT_TICKS = 15;

/** The stream of one reader, which may want the counters only. It ends with the reader, or with the request. */
export function eventStream(signal: AbortSignal, onlyStats: boolean): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stop = (): void => undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string): void => {
        try {
          controller.enqueue(encoder.encode(text));
        } catch {
          stop(); // The reader is gone.
        }
      };
      const emit = (name: string, data: object): void =>
        send(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
      let events = 0;
      let silent = 0;
      const unlisten = recorder.listen((event) => {
        // Nothing is kept for a reader that does not keep up.
        if (!onlyStats && events++ < MAX_EVENTS && (controller.desiredSize ?? 0) > -MAX_EVENTS)
          emit(event.type, event);
      });
      const known = new Map<string, string>();
      const sendStats = (isFirst: boolean): void => {
        events = 0;
        const changed = [...loadedFunctions()].flatMap(([id, functions]) => {
          const stats = statsOf(functions);
          const text = JSON.stringify({ ...stats, age: undefined });
          if (known.get(id) === text) return [];
          known.set(id, text);
          return [{ id, stats }];
        });
        if (changed.length > 0 && !isFirst) emit("stats", changed);
        else if (++silent % SILENT_TICKS === 0) send(": waiting\n\n");
      };
      const timer = setInterval(() => sendStats(false), STATS_MS);
      unref(timer);
      stop = () => {
        stop = () => undefined;
        clearInterval(timer);
        unlisten();
        try {
          controller.close();
        } catch {
          // It is closed.
        }
      };
      signal.addEventListener("abort", () => stop());
      send("retry: 2000\n\n");
      sendStats(true);
    },
    cancel: () => stop(),
  });
}
