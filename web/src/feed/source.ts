/**
 * Where the board comes from: pushed by the server as it happens, or, where that cannot be had, asked for every two
 * seconds while the push is tried again.
 */
import { watched } from "../api/client";
import type { BoardMessage, EventName, LiveEvents, Position } from "./fold";

/** What comes in. It is plain data, so tabs can hand it to each other. */
export type Message =
  | { readonly kind: "snapshot"; readonly board: BoardMessage }
  | {
      readonly kind: "event";
      readonly epoch: string;
      readonly name: EventName;
      readonly data: LiveEvents[EventName];
    }
  /** The server confirmed with its database what it shows. Times are its own. */
  | { readonly kind: "fresh"; readonly serverTime: string; readonly confirmedAt: string }
  | { readonly kind: "link"; readonly link: Link };

/** How the board comes in. */
export type Link = "connecting" | "live" | "polling" | "away";

/** Heartbeats come every two seconds; a stream without any for so long is dead, whatever the browser thinks. */
const SILENCE_MS = 6_000;
const POLL_MS = 2_000;
/** Between two tries to get the push back. The last holds on. */
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000];

/** What the kitchen tells of. */
export const EVENTS = [
  "order.placed",
  "order.started",
  "order.completed",
  "order.returned",
  "order.cancelled",
  "order.collected",
  "order.deleted",
  "order.restored",
  "order.archived",
  "orders.cleared",
  "bot.added",
  "bot.idle",
  "bot.removed",
  "settings.changed",
  "restaurant.renamed",
  "restaurant.archived",
  "restaurant.restored",
  "numbers.skipped",
] as const satisfies readonly EventName[];

/** Fails to compile when the server knows an event that is missing above. */
type Missing = Exclude<EventName, (typeof EVENTS)[number]>;
const complete: Missing extends never ? true : Missing = true;
void complete;

export interface Ways {
  readonly openStream: (url: string) => EventSource;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Between 0 and 1. */
  readonly random: () => number;
}

const browser: Ways = {
  openStream: (url) => new EventSource(url),
  fetch: async (url, init) => watched(await fetch(url, init)),
  random: Math.random,
};

/** Follows the board until it is closed. */
export class Source {
  readonly #base: string;
  readonly #position: () => Position | null;
  readonly #tell: (message: Message) => void;
  readonly #ways: Ways;
  #stream: EventSource | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #polling = false;
  #failures = 0;
  #link: Link | null = null;
  #closed = false;
  readonly #abort = new AbortController();

  /** `position` says where the follower stands now; `tell` hears everything in order. */
  constructor(
    base: string,
    position: () => Position | null,
    tell: (message: Message) => void,
    ways: Ways = browser,
  ) {
    this.#base = base;
    this.#position = position;
    this.#tell = tell;
    this.#ways = ways;
    this.#say("connecting");
    this.#open();
  }

  /** Asks for the whole board: something was missing between two events. */
  restart(): void {
    if (this.#closed) return;
    this.#drop();
    this.#open(true);
  }

  /** Tries at once instead of waiting: the network is back, or somebody looks. */
  hurry(): void {
    if (this.#closed || this.#stream?.readyState === EventSource.OPEN) return;
    this.#failures = 0;
    this.#drop();
    this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    clearTimeout(this.#poll);
    this.#abort.abort();
  }

  #open(anew = false): void {
    clearTimeout(this.#retry);
    const at = anew ? null : this.#position();
    const after = at === null ? "" : `?after=${at.epoch}-${at.version}`;
    const stream = this.#ways.openStream(`${this.#base}/events${after}`);
    this.#stream = stream;
    this.#listenForSilence();
    const on = (name: string, then: (event: MessageEvent<string>) => void) =>
      stream.addEventListener(name, (event) => {
        if (this.#stream !== stream) return;
        this.#listenForSilence();
        this.#arrived();
        then(event as MessageEvent<string>);
      });
    on("snapshot", (event) =>
      this.#tell({ kind: "snapshot", board: JSON.parse(event.data) as BoardMessage }),
    );
    on("heartbeat", (event) => {
      const { serverTime, confirmedAt } = JSON.parse(event.data) as LiveEvents["heartbeat"];
      this.#tell({ kind: "fresh", serverTime, confirmedAt });
    });
    for (const name of EVENTS) {
      on(name, (event) => {
        const epoch = event.lastEventId.slice(0, event.lastEventId.lastIndexOf("-"));
        this.#tell({ kind: "event", epoch, name, data: JSON.parse(event.data) as LiveEvents[EventName] });
      });
    }
    stream.addEventListener("error", () => {
      if (this.#stream === stream) this.#failed();
    });
  }

  /** The push works. */
  #arrived(): void {
    this.#failures = 0;
    this.#polling = false;
    clearTimeout(this.#poll);
    this.#say("live");
  }

  #listenForSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#failed(), SILENCE_MS);
  }

  #failed(): void {
    this.#drop();
    const pause = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? POLL_MS;
    this.#failures += 1;
    // Not all at once: a server that comes back has thousands of screens before it.
    this.#retry = setTimeout(() => this.#open(), pause * (0.5 + this.#ways.random()));
    if (!this.#polling) {
      this.#polling = true;
      void this.#ask(null);
    }
  }

  #drop(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#retry);
    this.#stream?.close();
    this.#stream = null;
  }

  async #ask(etag: string | null): Promise<void> {
    let known = etag;
    try {
      const headers: HeadersInit = known === null ? {} : { "If-None-Match": known };
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(POLL_MS * 2)]);
      const response = await this.#ways.fetch(`${this.#base}/board`, { headers, signal, cache: "no-store" });
      if (!this.#polling || this.#closed) return;
      if (response.status === 200) {
        const board = (await response.json()) as BoardMessage;
        if (!this.#polling || this.#closed) return;
        known = response.headers.get("ETag");
        this.#tell({ kind: "snapshot", board });
      } else if (response.status !== 304) {
        throw new Error(`status ${response.status}`);
      }
      const [serverTime, confirmedAt] = ["Feedme-Server-Time", "Feedme-Confirmed-At"].map((name) =>
        response.headers.get(name),
      );
      if (serverTime && confirmedAt) this.#tell({ kind: "fresh", serverTime, confirmedAt });
      this.#say("polling");
    } catch {
      if (!this.#polling || this.#closed) return;
      this.#say("away");
    }
    this.#poll = setTimeout(() => void this.#ask(known), POLL_MS);
  }

  #say(link: Link): void {
    if (link === this.#link) return;
    this.#link = link;
    this.#tell({ kind: "link", link });
  }
}
