/** A restaurant of its own for every test: the real binary, on a free port, with an empty data folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test as base, expect } from "@playwright/test";
import type { components } from "../src/api/schema";

const BINARY = process.env.FEEDME_BINARY ?? "../target/debug/feedme";

type Schemas = components["schemas"];

export class Restaurant {
  readonly #folder = mkdtempSync(join(tmpdir(), "feedme-e2e-"));
  #process: ChildProcess | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again at the same address. */
  async open(): Promise<void> {
    const listen = `127.0.0.1:${this.#port}`;
    const args = [
      "serve",
      "--open",
      "--listen",
      listen,
      "--data",
      join(this.#folder, "data"),
      "--log",
      "warn",
    ];
    const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const address = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
      if (address) {
        this.#port = Number(address[1]);
        return;
      }
    }
    throw new Error("the server ended before it served");
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
    const headers: HeadersInit = body === undefined ? {} : { "Content-Type": "application/json" };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${this.url}${path}`, { method, headers, ...sent });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
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

export const test = base.extend<{ restaurant: Restaurant }>({
  context: async ({ context }, use) => {
    const refused: string[] = [];
    context.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) refused.push(message.text());
    });
    await use(context);
    expect(refused, "what a page's policy refuses, the page does not need").toEqual([]);
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters
  restaurant: async ({}, use) => {
    const restaurant = new Restaurant();
    await restaurant.open();
    await use(restaurant);
    await restaurant.close();
  },
});

export { expect };
