import { expect, test } from "vitest";
import { ServerClock } from "./clock";

const NOON = Date.parse("2026-05-04T12:00:00.000Z");

function scene() {
  let elapsed = 5_000;
  const clock = new ServerClock(() => elapsed);
  const pass = (ms: number) => {
    elapsed += ms;
  };
  const heard = (sinceNoon: number) => clock.heard(new Date(NOON + sinceNoon).toISOString());
  return { clock, pass, heard };
}

test("time goes on between messages, whatever this device believes", () => {
  const { clock, pass, heard } = scene();
  heard(0);
  pass(1_250);
  expect(clock.now()).toBe(NOON + 1_250);
});

test("a message that travelled long does not set the clock back", () => {
  const { clock, pass, heard } = scene();
  heard(0);
  pass(3_000);
  heard(2_200);
  expect(clock.now()).toBe(NOON + 3_000);
});

test("a message that travelled less puts right what a slow one said", () => {
  const { clock, pass, heard } = scene();
  heard(-900);
  pass(2_000);
  heard(2_000);
  expect(clock.now()).toBe(NOON + 2_000);
});

test("what was said a minute ago is forgotten, so a drift is followed", () => {
  const { clock, pass, heard } = scene();
  heard(50);
  for (let second = 1; second <= 30; second += 1) {
    pass(1_000);
    heard(second * 1_000);
  }
  expect(clock.now()).toBe(NOON + 30_000);
});

test("another server's clock replaces the old one at once", () => {
  const { clock, heard } = scene();
  heard(0);
  heard(-3_600_000);
  expect(clock.now()).toBe(NOON - 3_600_000);
});

test("nonsense is not a time", () => {
  const { clock } = scene();
  clock.heard("soon");
  expect(clock.known).toBe(false);
});
