/** The handler for servers of Node.js: Express, Fastify, Vite, `http`. */

/** What is used of an `IncomingMessage`. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: object;
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

/** What is used of a `ServerResponse`. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  once(event: "close" | "drain", listener: () => void): unknown;
}

/** What servers add to a request. */
interface ServerAdditions {
  /** The whole path, where a server has cut off what the handler is mounted at. */
  readonly originalUrl?: string;
  /** The body, where a server has read it already. Express 4 sets `{}` where it has not. */
  readonly body?: unknown;
  readonly readableDidRead?: boolean;
}

/** Answers a request of Node.js by a handler of web requests. */
export async function answerNode(
  handler: (request: Request) => Promise<Response>,
  request: NodeRequest,
  response: NodeResponse,
): Promise<void> {
  const closed = new AbortController();
  response.once("close", () => closed.abort());
  const answer = await handler(await webRequest(request, closed.signal));
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  const reader = (answer.body as ReadableStream<Uint8Array> | null)?.getReader();
  closed.signal.addEventListener("abort", () => void reader?.cancel().catch(() => undefined));
  if (closed.signal.aborted) await reader?.cancel();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) break;
    if (!response.write(value) && !closed.signal.aborted)
      await new Promise<void>((resolve) => {
        response.once("drain", resolve);
        response.once("close", resolve);
      });
  }
  response.end();
}

async function webRequest(request: NodeRequest & ServerAdditions, signal: AbortSignal): Promise<Request> {
  const { method = "GET", headers: sent, socket, originalUrl, url = "/", body, readableDidRead } = request;
  const headers = new Headers();
  for (const [name, value] of Object.entries(sent)) {
    // HTTP/2 has names that begin with a colon.
    if (value !== undefined && !name.startsWith(":")) headers.set(name, [value].flat().join(", "));
  }
  const scheme = (socket as { encrypted?: boolean } | undefined)?.encrypted ? "https" : "http";
  const host = headers.get("host") ?? (sent[":authority"] as string | undefined) ?? "localhost";
  const target = new URL(originalUrl ?? url, `${scheme}://${host}`);
  if (method === "GET" || method === "HEAD") return new Request(target, { method, headers, signal });
  const given = typeof body === "string" ? body : (JSON.stringify(body) as string | undefined);
  const isUnread = given === undefined || (given === "{}" && readableDidRead === false);
  const text = isUnread ? await textFrom(request) : given;
  return new Request(target, { method, headers, signal, body: text });
}

async function textFrom(request: AsyncIterable<unknown>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of request)
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk as Uint8Array, { stream: true });
  return text + decoder.decode();
}
