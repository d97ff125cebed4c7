/** A restaurant of its own for every test: the real binary, on a free port, with an empty data folder. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test as base, expect, type Page } from "@playwright/test";
import type { components } from "../src/api/schema";

const BINARY = process.env.FEEDME_BINARY ?? "../target/debug/feedme";

type Schemas = components["schemas"];

interface Kind {
  /** Whether whoever comes is the manager; else people have to sign in. */
  readonly open?: boolean;
  /** Whether it speaks HTTPS, with a certificate that `feedme tls init` made. Browsers alone ask it then. */
  readonly https?: boolean;
  /** What else the server is told. */
  readonly args?: readonly string[];
}

/** The password of everybody in these tests, with their name so that no two are the same. */
export const passwordOf = (name: string) => `${name} eats seven kites`;

export class Restaurant {
  readonly #kind: Kind;
  readonly #folder = mkdtempSync(join(tmpdir(), "feedme-e2e-"));
  #process: ChildProcess | undefined;
  #port = 0;
  /** Where the first manager is made, while there is none. */
  setUpLink = "";
  /** The session with which {@link ask} asks. */
  #cookie: string | null = null;

  constructor(kind: Kind = {}) {
    this.#kind = kind;
  }

  get url(): string {
    return `${this.#kind.https ? "https" : "http"}://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again at the same address. */
  async open(): Promise<void> {
    const listen = `127.0.0.1:${this.#port}`;
    const args = [
      "serve",
      ...(this.#kind.open === false ? [] : ["--open"]),
      ...(this.#kind.args ?? []),
      ...(this.#kind.https ? this.#certificate() : []),
      "--listen",
      listen,
      "--data",
      join(this.#folder, "data"),
      "--log",
      "warn",
    ];
    const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    const invites = this.#kind.open === false && this.#cookie === null;
    for await (const line of createInterface({ input: child.stdout })) {
      const address = /serves at https?:\/\/127\.0\.0\.1:(\d+)/.exec(line);
      if (address) this.#port = Number(address[1]);
      this.setUpLink = /https?:\S+\/set-up#\S+/.exec(line)?.[0] ?? this.setUpLink;
      if (this.#port > 0 && (!invites || this.setUpLink)) return;
    }
    throw new Error("the server ended before it served");
  }

  #certificate(): string[] {
    const folder = join(this.#folder, "tls");
    const { status, stderr } = spawnSync(BINARY, ["tls", "init", "--out", folder], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return ["--tls-cert", join(folder, "server.crt"), "--tls-key", join(folder, "server.key")];
  }

  /** Ends without a goodbye. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: HeadersInit = {
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(this.#cookie && { Cookie: this.#cookie }),
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${this.url}${path}`, { method, headers, ...sent });
    if (response.status === 429) {
      await new Promise((resolve) =>
        setTimeout(resolve, Number(response.headers.get("Retry-After")) * 1_000),
      );
      return this.ask(method, path, body);
    }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const session = response.headers.getSetCookie().find((it) => it.startsWith("feedme_session="));
    if (path.startsWith("/api/auth/") && session) this.#cookie = session.split(";")[0] ?? null;
    return (await response.json()) as T;
  }

  /** Makes the first manager; from then on it is they who ask. */
  setUp(username: string): Promise<Schemas["UserAnswer"]> {
    const link = this.setUpLink.split("#")[1];
    return this.ask("POST", "/api/auth/setup", { link, username, password: passwordOf(username) });
  }

  async employ(username: string, role: Schemas["Role"]): Promise<Schemas["AccountView"]> {
    const body = { username, password: passwordOf(username), role };
    return (await this.ask<Schemas["AccountAnswer"]>("POST", "/api/users", body)).user;
  }

  cookFor(ms: number): Promise<Schemas["Settings"]> {
    return this.ask("PATCH", "/api/settings", { cookMs: ms });
  }

  place(type: "NORMAL" | "VIP" = "NORMAL", more: object = {}): Promise<Schemas["OrderAnswer"]> {
    return this.ask("POST", "/api/orders", { type, ...more });
  }

  addBot(mode: "auto" | "pull" = "auto"): Promise<Schemas["BotAnswer"]> {
    return this.ask("POST", "/api/bots", { mode });
  }

  board(): Promise<Schemas["Board"]> {
    return this.ask("GET", "/api/board");
  }
}

/** Signs in at the form, and waits until the page has begun anew. */
export async function signIn(page: Page, username: string, password = passwordOf(username)): Promise<void> {
  await page.getByLabel("Name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("button", { name: username, exact: true })).toBeVisible();
}

export const test = base.extend<{ restaurant: Restaurant; kind: Kind }>({
  kind: [{}, { option: true }],
  context: async ({ context }, use) => {
    const refused: string[] = [];
    context.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) refused.push(message.text());
    });
    await use(context);
    expect(refused, "what a page's policy refuses, the page does not need").toEqual([]);
  },
  restaurant: async ({ kind }, use) => {
    const restaurant = new Restaurant(kind);
    await restaurant.open();
    await use(restaurant);
    await restaurant.close();
  },
});

export { expect };
