import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BoardMessage, Position } from "./fold";
import { type Message, Source } from "./source";
import stories from "./vectors.json";

const board = (stories as unknown as { start: BoardMessage }[])[0]?.start as BoardMessage;

/** A stream that the test speaks on. */
class Stream extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readyState = Stream.CONNECTING;
  closed = false;

  constructor(readonly url: string) {
    super();
  }

  close() {
    this.closed = true;
    this.readyState = Stream.CLOSED;
  }

  says(event: string, data: unknown, lastEventId = "") {
    this.readyState = Stream.OPEN;
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data), lastEventId }));
  }

  breaks() {
    this.dispatchEvent(new Event("error"));
  }
}

const heartbeat = { serverTime: "2026-05-04T12:00:02.000Z", confirmedAt: "2026-05-04T12:00:01.900Z" };

function scene(position: Position | null = null) {
  const streams: Stream[] = [];
  const heard: Message[] = [];
  const asked: RequestInit[] = [];
  let answer = async (): Promise<Response> => new Response(null, { status: 503 });
  const source = new Source(
    "/api",
    () => position,
    (message) => heard.push(message),
    {
      openStream: (url) => {
        const stream = new Stream(url);
        streams.push(stream);
        return stream as unknown as EventSource;
      },
      fetch: (_url, init) => {
        asked.push(init);
        return answer();
      },
      random: () => 0.5,
    },
  );
  const links = () => heard.flatMap((message) => (message.kind === "link" ? [message.link] : []));
  const answers = (it: () => Promise<Response>) => {
    answer = it;
  };
  return { source, streams, heard, asked, links, answers };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the push", () => {
  test("begins where the follower stands", () => {
    const { streams } = scene({ epoch: "7", version: 12 });
    expect(streams.map(({ url }) => url)).toEqual(["/api/events?after=7-12"]);
  });

  test("hands on what it says, with the history that it belongs to", () => {
    const { streams, heard, links } = scene();
    streams[0]?.says("snapshot", board);
    streams[0]?.says("settings.changed", { version: 13, settings: board.settings }, "6917529027641081856-13");
    streams[0]?.says("heartbeat", heartbeat);
    expect(heard.slice(1).filter(({ kind }) => kind !== "link")).toMatchObject([
      { kind: "snapshot", board: { version: board.version } },
      { kind: "event", epoch: "6917529027641081856", name: "settings.changed", data: { version: 13 } },
      { kind: "fresh", ...heartbeat },
    ]);
    expect(links()).toEqual(["connecting", "live"]);
  });

  test("is dead when it is silent, whatever the browser thinks", () => {
    const { streams } = scene();
    streams[0]?.says("heartbeat", heartbeat);
    vi.advanceTimersByTime(5_900);
    expect(streams[0]?.closed).toBe(false);
    vi.advanceTimersByTime(200);
    expect(streams[0]?.closed).toBe(true);
  });

  test("is tried again ever more slowly, and at once when somebody asks", () => {
    const { source, streams } = scene();
    const pauses: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const before = Date.now();
      streams.at(-1)?.breaks();
      const count = streams.length;
      while (streams.length === count) vi.advanceTimersByTime(10);
      pauses.push(Date.now() - before);
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
    streams.at(-1)?.breaks();
    const count = streams.length;
    source.hurry();
    expect(streams).toHaveLength(count + 1);
  });

  test("is asked for everything when something was missing", () => {
    const { source, streams } = scene({ epoch: "7", version: 12 });
    source.restart();
    expect(streams.at(-1)?.url).toBe("/api/events");
    expect(streams[0]?.closed).toBe(true);
  });
});

describe("without the push", () => {
  const headers = {
    ETag: '"7-1"',
    "Feedme-Server-Time": heartbeat.serverTime,
    "Feedme-Confirmed-At": heartbeat.confirmedAt,
  };

  test("the board is asked for every two seconds, and only when it changed", async () => {
    const { streams, heard, asked, links, answers } = scene();
    answers(async () => Response.json(board, { headers }));
    streams[0]?.breaks();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.at(-1)).toEqual({ kind: "link", link: "polling" });
    answers(async () => new Response(null, { status: 304, headers }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked[1]?.headers).toEqual({ "If-None-Match": '"7-1"' });
    expect(heard.filter(({ kind }) => kind === "snapshot")).toHaveLength(1);
    expect(heard.filter(({ kind }) => kind === "fresh")).toHaveLength(2);
    expect(links()).toEqual(["connecting", "polling"]);
  });

  test("a server that does not answer is away, and comes back", async () => {
    const { streams, links, answers } = scene();
    answers(() => Promise.reject(new Error("no network")));
    streams[0]?.breaks();
    await vi.advanceTimersByTimeAsync(0);
    answers(async () => Response.json(board, { headers }));
    await vi.advanceTimersByTimeAsync(2_000);
    streams.at(-1)?.says("heartbeat", heartbeat);
    expect(links()).toEqual(["connecting", "away", "polling", "live"]);
  });

  test("nothing is asked any more once the push works", async () => {
    const { streams, asked, answers } = scene();
    answers(async () => Response.json(board, { headers }));
    streams[0]?.breaks();
    await vi.advanceTimersByTimeAsync(600);
    streams.at(-1)?.says("heartbeat", heartbeat);
    const count = asked.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toHaveLength(count);
  });

  test("a closed source does nothing any more", async () => {
    const { source, streams, heard, asked } = scene();
    streams[0]?.breaks();
    source.close();
    const counts = [streams.length, heard.length, asked.length];
    await vi.advanceTimersByTimeAsync(60_000);
    expect([streams.length, heard.length, asked.length]).toEqual(counts);
  });
});
