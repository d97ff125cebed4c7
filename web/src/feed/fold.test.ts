import { describe, expect, test } from "vitest";
import { type BoardMessage, boardOf, type EventName, fold, type LiveEvents, messageOf } from "./fold";
import stories from "./vectors.json";

interface Told {
  id: string;
  event: EventName;
  data: LiveEvents[EventName];
}

interface Story {
  start: BoardMessage;
  scenes: { events: Told[]; board: BoardMessage }[];
}

const all = stories as unknown as Story[];

describe("what the kitchen tells is what the kitchen shows", () => {
  test.each(all.map((story, index) => [index, story] as const))("story %i", (_, story) => {
    let board = boardOf(story.start);
    for (const scene of story.scenes) {
      for (const { id, event, data } of scene.events) {
        const folded = fold(board, id.split("-")[0] ?? "", event, data);
        if (folded.kind !== "folded") throw new Error(`event ${id} is ${folded.kind}`);
        board = folded.board;
      }
      expect(messageOf(board)).toEqual(scene.board);
    }
  });
});

describe("what is not next", () => {
  const story = all[0] as Story;
  const board = boardOf(story.start);
  const events = story.scenes.flatMap((scene) => scene.events);
  const [first, second] = [events[0] as Told, events[1] as Told];

  test("a known event changes nothing", () => {
    const once = fold(board, board.epoch, first.event, first.data);
    if (once.kind !== "folded") throw new Error("it is the next");
    expect(fold(once.board, board.epoch, first.event, first.data).kind).toBe("old");
  });

  test("a missing event and another history are gaps", () => {
    expect(fold(board, board.epoch, second.event, second.data).kind).toBe("gap");
    expect(fold(board, "77", first.event, first.data).kind).toBe("gap");
  });

  test("what an event does not touch stays the same object", () => {
    let before = board;
    for (const { id, event, data } of events) {
      const folded = fold(before, id.split("-")[0] ?? "", event, data);
      if (folded.kind !== "folded") throw new Error(`event ${id} is ${folded.kind}`);
      if (event === "order.placed") {
        expect(folded.board.complete).toBe(before.complete);
        expect(folded.board.bots).toBe(before.bots);
      }
      before = folded.board;
    }
  });
});
