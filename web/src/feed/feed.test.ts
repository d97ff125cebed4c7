import { beforeEach, describe, expect, test, vi } from "vitest";
import { ServerClock } from "./clock";
import { Feed, type Surroundings } from "./feed";
import {
  type BoardMessage,
  boardOf,
  type EventName,
  fold,
  type LiveEvents,
  messageOf,
  type Position,
} from "./fold";
import type { Shelf } from "./kept";
import type { Message } from "./source";
import stories from "./vectors.json";

interface Told {
  id: string;
  event: EventName;
  data: LiveEvents[EventName];
}

const story = (stories as unknown as { start: BoardMessage; scenes: { events: Told[] }[] }[])[0];
if (!story) throw new Error("there is a story");
const start = story.start;
const told = story.scenes.flatMap((scene) => scene.events);
const message = ({ id, event, data }: Told): Message => ({
  kind: "event",
  epoch: id.slice(0, id.lastIndexOf("-")),
  name: event,
  data,
});

/** The board after so many events. */
function boardAfter(count: number): BoardMessage {
  let board = boardOf(start);
  for (const { event, data } of told.slice(0, count)) {
    const folded = fold(board, board.epoch, event, data);
    if (folded.kind !== "folded") throw new Error("the story is whole");
    board = folded.board;
  }
  return messageOf(board);
}

/** A browser with tabs. */
class Browser {
  readonly connections: {
    tell: (message: Message) => void;
    position: () => Position | null;
    restarts: number;
    open: boolean;
  }[] = [];
  #queue: (() => void)[] = [];
  /** Takes the lock from whoever holds it. */
  #rob: (() => void) | null = null;
  #channels = new Set<{ onmessage: ((event: MessageEvent) => void) | null }>();

  readonly locks = {
    request: async (_name: string, { steal }: LockOptions, held: () => Promise<void>) => {
      if (steal) this.#rob?.();
      else if (this.#rob) await new Promise<void>((resolve) => this.#queue.push(resolve));
      const robbed = new Promise<never>((_, reject) => {
        this.#rob = () => reject(new DOMException("stolen", "AbortError"));
      });
      await Promise.race([held(), robbed]);
      this.#rob = null;
      this.#queue.shift()?.();
    },
  } as unknown as LockManager;

  channel = (): BroadcastChannel => {
    const others = this.#channels;
    const channel = {
      onmessage: null as ((event: MessageEvent) => void) | null,
      postMessage(data: unknown) {
        const copy = structuredClone(data);
        for (const other of others) if (other !== channel) other.onmessage?.({ data: copy } as MessageEvent);
      },
      close() {
        others.delete(channel);
      },
    };
    others.add(channel);
    return channel as unknown as BroadcastChannel;
  };

  tab(shared = true, shelf?: Shelf): Feed {
    const around: Surroundings = {
      locks: shared ? this.locks : undefined,
      channel: shared ? this.channel : undefined,
      clock: new ServerClock(() => 0),
      shelf,
      soon: (draw) => draw(),
      source: (position, tell) => {
        const connection = { tell, position, restarts: 0, open: true };
        this.connections.push(connection);
        return {
          restart: () => {
            connection.restarts += 1;
          },
          hurry: () => {},
          close: () => {
            connection.open = false;
          },
        };
      },
    };
    return new Feed("/api", around);
  }

  get open() {
    return this.connections.filter((connection) => connection.open);
  }

  tell(message: Message) {
    for (const connection of this.open) connection.tell(message);
  }
}

const settled = () => vi.waitFor(() => {});
let browser: Browser;

beforeEach(() => {
  browser = new Browser();
});

function shown(feed: Feed): BoardMessage | null {
  const { board } = feed.view();
  return board && messageOf(board);
}

describe("one tab", () => {
  test("folds what follows and ignores what is old", () => {
    const feed = browser.tab(false);
    browser.tell({ kind: "snapshot", board: start });
    for (const event of told.slice(0, 5)) browser.tell(message(event));
    browser.tell(message(told[2] as Told));
    browser.tell({ kind: "snapshot", board: boardAfter(3) });
    expect(shown(feed)).toEqual(boardAfter(5));
    expect(browser.open[0]?.restarts).toBe(0);
  });

  test("asks for the whole board when something is missing", () => {
    browser.tab(false);
    browser.tell({ kind: "snapshot", board: start });
    browser.tell(message(told[3] as Told));
    expect(browser.open[0]?.restarts).toBe(1);
  });

  test("takes another history, however small its version is", () => {
    const feed = browser.tab(false);
    browser.tell({ kind: "snapshot", board: boardAfter(9) });
    const restored = { ...start, epoch: "77", version: 1 };
    browser.tell({ kind: "snapshot", board: restored });
    expect(shown(feed)).toEqual(restored);
  });
});

describe("the last board", () => {
  test("is shown at once with its age, and what follows is folded into it", () => {
    const kept = { board: boardAfter(3), confirmedAt: 1_000 };
    const feed = browser.tab(false, { load: () => kept, save: () => {} });
    expect(shown(feed)).toEqual(boardAfter(3));
    expect(feed.view().confirmedAt).toBe(1_000);
    expect(browser.open[0]?.position()).toMatchObject({ version: start.version + 3 });
    browser.tell(message(told[3] as Told));
    expect(shown(feed)).toEqual(boardAfter(4));
  });

  test("is kept while it changes", () => {
    vi.useFakeTimers();
    const saved: number[] = [];
    browser.tab(false, { load: () => null, save: ({ board }) => saved.push(board.version) });
    browser.tell({ kind: "snapshot", board: start });
    browser.tell({ kind: "fresh", serverTime: "2026-05-04T12:00:00Z", confirmedAt: "2026-05-04T12:00:00Z" });
    browser.tell(message(told[0] as Told));
    vi.advanceTimersByTime(2_000);
    vi.useRealTimers();
    expect(saved).toEqual([start.version + 1]);
  });
});

describe("ten tabs", () => {
  test("make one stream and show the same", async () => {
    const tabs = Array.from({ length: 10 }, () => browser.tab());
    await settled();
    expect(browser.open).toHaveLength(1);
    browser.tell({ kind: "snapshot", board: start });
    for (const event of told.slice(0, 7)) browser.tell(message(event));
    for (const tab of tabs) expect(shown(tab)).toEqual(boardAfter(7));
  });

  test("a tab that opens later is given the board by the leader", async () => {
    browser.tab();
    await settled();
    browser.tell({ kind: "snapshot", board: boardAfter(4) });
    browser.tell({ kind: "link", link: "live" });
    const late = browser.tab();
    await settled();
    expect(shown(late)).toEqual(boardAfter(4));
    expect(late.view()).toMatchObject({ role: "follower", link: "live" });
  });

  test("when the leader goes the next goes on where it stands", async () => {
    const [first, second] = [browser.tab(), browser.tab()];
    await settled();
    browser.tell({ kind: "snapshot", board: start });
    for (const event of told.slice(0, 6)) browser.tell(message(event));
    first.close();
    await vi.waitFor(() => expect(second.view().role).toBe("leader"));
    expect(browser.open).toHaveLength(1);
    expect(browser.open[0]?.position()).toMatchObject({ version: start.version + 6 });
    for (const event of told.slice(6, 9)) browser.tell(message(event));
    expect(shown(second)).toEqual(boardAfter(9));
  });

  test("a leader that the browser froze is replaced, and follows when it wakes", async () => {
    vi.useFakeTimers();
    const [frozen, second, third] = [browser.tab(), browser.tab(), browser.tab()];
    await vi.advanceTimersByTimeAsync(0);
    browser.tell({ kind: "snapshot", board: start });
    for (const event of told.slice(0, 6)) browser.tell(message(event));
    await vi.advanceTimersByTimeAsync(6_900);
    expect(frozen.view().role).toBe("leader");
    await vi.advanceTimersByTimeAsync(200);
    vi.useRealTimers();
    expect([frozen, second, third].map((tab) => tab.view().role).toSorted()).toEqual([
      "follower",
      "follower",
      "leader",
    ]);
    expect(frozen.view().role).toBe("follower");
    expect(browser.open).toHaveLength(1);
    expect(browser.open[0]?.position()).toMatchObject({ version: start.version + 6 });
    for (const event of told.slice(6, 9)) browser.tell(message(event));
    for (const tab of [frozen, second, third]) expect(shown(tab)).toEqual(boardAfter(9));
  });

  test("a follower that missed something asks the leader, not the server", async () => {
    const [, second] = [browser.tab(), browser.tab()];
    await settled();
    browser.tell({ kind: "snapshot", board: boardAfter(2) });
    const late = browser.tab();
    await settled();
    for (const event of told.slice(2, 5)) browser.tell(message(event));
    expect(shown(late)).toEqual(boardAfter(5));
    expect(shown(second)).toEqual(boardAfter(5));
    expect(browser.open[0]?.restarts).toBe(0);
  });
});
