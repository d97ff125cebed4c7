/** The server's interface, typed by the document that the server makes of itself. */
import createClient, { type Middleware } from "openapi-fetch";
import { BASE, moved } from "../who/place";
import type { components, paths } from "./schema";

export type Problem = components["schemas"]["Problem"];

/** Statuses of answers that are not about the request: sign in, send it faster, send it later. */
const AGAIN: ReadonlySet<number> = new Set([401, 408, 429]);

/** How long an answer may take. A request that is sent again has the same key, so nothing happens twice. */
const WITHIN_MS = 10_000;

/** A request that was refused, or that nobody answered. */
export class ApiError extends Error {
  /** What the server said; `null` when there was no answer. */
  readonly problem: Problem | null;
  /** In how many seconds it may be asked again, where the server said so. */
  readonly retryAfter: number | null;

  constructor(problem: Problem | null, retryAfter: number | null = null) {
    super(problem?.detail ?? "the server cannot be reached");
    this.name = "ApiError";
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed soon. A kitchen that takes no orders says so, and that is an answer. */
  get passes(): boolean {
    if (this.problem === null) return true;
    const { code, status } = this.problem;
    if (code === "orderingPaused") return false;
    return status >= 500 || AGAIN.has(status) || code === "idempotencyKeyInUse";
  }
}

type SignedOut = () => void;
let signedOut: SignedOut = () => {};

/** Says what happens when the server wants to know who asks. */
export function onSignedOut(then: SignedOut): void {
  signedOut = then;
}

/** Looks at what the server answered, whoever asked. A password or a code that is wrong signs nobody out. */
export async function watched(response: Response): Promise<Response> {
  if (response.status === 401) {
    const said: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    if (isProblem(said) && said.code === "notSignedIn") signedOut();
  }
  return response;
}

const watch: Middleware = {
  async onResponse({ response }) {
    await watched(response);
  },
};

/** Sends requests to a restaurant, unless they are about none. */
export function sendTo(base: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const { origin, pathname, search } = new URL(request.url);
    const path = moved(pathname, base);
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(WITHIN_MS)]);
    if (path === pathname) return fetch(request, { signal });
    const { method, headers } = request;
    // The body as a whole: browsers send one that is still being read over HTTP/2 alone.
    const body = method === "GET" ? null : await request.arrayBuffer();
    return fetch(origin + path + search, { method, headers, signal, body: body?.byteLength ? body : null });
  };
}

export const api = createClient<paths>({ baseUrl: "/", fetch: sendTo(BASE) });
api.use(watch);

/** A key by which the server knows a request again. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a request was answered with; throws an {@link ApiError} for anything but success. */
export async function answer<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let got: { data?: T; error?: unknown; response: Response };
  try {
    got = await asked;
  } catch {
    throw new ApiError(null);
  }
  if (got.response.ok && got.data !== undefined) return got.data;
  const said = got.error;
  // Whatever is not in the server's words came from something between us and it: that is no answer.
  const retryAfter = Number(got.response.headers.get("Retry-After")) || null;
  throw new ApiError(isProblem(said) ? said : null, retryAfter);
}

function isProblem(said: unknown): said is Problem {
  return typeof said === "object" && said !== null && "code" in said && "detail" in said;
}
