/**
 * Orders on their way to the server.
 *
 * An order is written down on the device before it is sent, with the key by which the server knows it again, and
 * forgotten when the server has answered. So one that was placed without a network, or whose answer was lost, is sent
 * once and in its turn, by whichever tab is there: they take turns by a Web Lock. It is its author's own: it is shown and
 * sent only while that account is here.
 */
import Dexie, { type EntityTable, liveQuery } from "dexie";
import { ApiError, answer, api, type Problem, sendTo } from "../api/client";
import type { components } from "../api/schema";

export type OrderType = components["schemas"]["OrderType"];
export type Order = components["schemas"]["Order"];

export interface Entry {
  /** Counts up: entries are sent in this order. */
  seq: number;
  /** The idempotency key. */
  key: string;
  /** Whose order it is. */
  author: string;
  /** What the addresses of its restaurant begin with: it is sent there, wherever the page is by then. */
  base: string;
  type: OrderType;
  /** Whether this device follows the order once it has a number. */
  follow: boolean;
  /** Why the server refused it; it stays until somebody has read it. */
  refused: Problem | null;
}

/** Between two tries while the server cannot be reached or has no room. */
const RETRY_MS = 2_000;

export type Send = (entry: Entry) => Promise<Order>;

const overHttp: Send = async ({ key, type, base }) => {
  const params = { header: { "Idempotency-Key": key } };
  return (await answer(api.POST("/api/orders", { params, body: { type }, fetch: sendTo(base) }))).order;
};

/** Before there were accounts everything was this one's. */
const FIRST_AUTHOR = "Open manager";

/** Before there were restaurants to choose from everything went here. */
const FIRST_BASE = "/api";

export interface Surroundings {
  /** Who is here; `null` while nobody is, or while that is not known. */
  readonly author: () => string | null;
  readonly send: Send;
  readonly locks: Pick<LockManager, "request"> | undefined;
  /** An order was accepted. */
  readonly accepted: (order: Order, entry: Entry) => void;
  readonly refused: (why: Problem, entry: Entry) => void;
}

export class Outbox {
  readonly #db: Dexie & { entries: EntityTable<Entry, "seq"> };
  readonly #around: Surroundings;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #flushing = false;
  #again = false;
  #closed = false;

  constructor(name: string, around: Surroundings) {
    const db = new Dexie(name) as Dexie & { entries: EntityTable<Entry, "seq"> };
    db.version(1).stores({ entries: "++seq, &key" });
    db.version(2)
      .stores({ entries: "++seq, &key, author" })
      .upgrade((from) => from.table("entries").toCollection().modify({ author: FIRST_AUTHOR }));
    db.version(3).upgrade((from) => from.table("entries").toCollection().modify({ base: FIRST_BASE }));
    this.#db = db;
    this.#around = around;
  }

  /** Writes an order down; it is sent as soon as it can be. */
  async put(entry: Omit<Entry, "seq" | "refused" | "author">): Promise<void> {
    const author = this.#around.author();
    if (author === null) throw new Error("nobody is here to place an order");
    await this.#db.entries.add({ ...entry, author, refused: null });
    void this.flush();
  }

  /** Forgets an order that was refused. */
  async dismiss(key: string): Promise<void> {
    await this.#db.entries
      .where({ key })
      .filter(({ refused }) => refused !== null)
      .delete();
  }

  /** How many orders of whoever is here the server has not answered. */
  unsent(): Promise<number> {
    return this.#own()
      .filter(({ refused }) => refused === null)
      .count();
  }

  /** Forgets all orders of somebody, who may have gone by now. */
  async clear(author: string): Promise<void> {
    await this.#db.entries.where({ author }).delete();
  }

  /** Calls back with everything that is on its way or was refused, now and after every change in any tab. */
  watch(then: (entries: Entry[]) => void): () => void {
    const watching = liveQuery(() => this.#own().sortBy("seq")).subscribe(then);
    return () => watching.unsubscribe();
  }

  /** Nobody's are none: no author is called that. */
  #own() {
    return this.#db.entries.where({ author: this.#around.author() ?? "" });
  }

  /** Sends what waits, oldest first, until nothing waits or the server cannot be reached. */
  async flush(): Promise<void> {
    this.#again = true;
    if (this.#flushing) return;
    this.#flushing = true;
    clearTimeout(this.#retry);
    try {
      while (this.#again) {
        this.#again = false;
        const { locks } = this.#around;
        const done = locks
          ? await locks.request(`${this.#db.name}:outbox`, () => this.#sendAll())
          : await this.#sendAll();
        if (!done && !this.#closed) this.#retry = setTimeout(() => void this.flush(), RETRY_MS);
      }
    } catch (error) {
      // The page is going away: whoever comes next goes on.
      if (!this.#closed) throw error;
    } finally {
      this.#flushing = false;
    }
  }

  /** False when something still waits. */
  async #sendAll(): Promise<boolean> {
    for (;;) {
      const [waiting] = await this.#own()
        .filter(({ refused }) => refused === null)
        .sortBy("seq");
      // Whoever was here may have left while that was looked up.
      if (!waiting || waiting.author !== this.#around.author()) return true;
      let order: Order;
      try {
        order = await this.#around.send(waiting);
      } catch (error) {
        if (!(error instanceof ApiError) || error.problem === null || error.passes) return false;
        const { problem } = error;
        await this.#db.entries.update(waiting.seq, { refused: problem });
        this.#around.refused(problem, waiting);
        continue;
      }
      await this.#db.entries.delete(waiting.seq);
      this.#around.accepted(order, waiting);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#db.close();
  }
}

export function browserOutbox(around: Pick<Surroundings, "author" | "accepted" | "refused">): Outbox {
  return new Outbox("feedme", { ...around, send: overHttp, locks: globalThis.navigator?.locks });
}
