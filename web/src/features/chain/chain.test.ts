import { expect, test } from "vitest";
import { isSlug, type Summary, slugOf, sorted } from "./chain";

const summary = (slug: string, over: Partial<Summary> = {}): Summary => ({
  slug,
  name: slug,
  archivedAt: null,
  role: "MANAGER",
  waiting: 0,
  cooking: 0,
  waitingSince: null,
  bots: 0,
  busyBots: 0,
  version: 0,
  confirmedAt: null,
  ...over,
});

test("who waits longest comes first, what is archived last", () => {
  const list = [
    summary("quiet"),
    summary("busy", { cooking: 3 }),
    summary("gone", { archivedAt: "2026-05-04T09:00:00.000Z", cooking: 9 }),
    summary("late", { waiting: 1, waitingSince: "2026-05-04T09:30:00.000Z" }),
    summary("later", { waiting: 9, waitingSince: "2026-05-04T09:31:00.000Z" }),
    summary("also-quiet"),
  ];
  expect(sorted(list).map(({ slug }) => slug)).toEqual([
    "late",
    "later",
    "busy",
    "also-quiet",
    "quiet",
    "gone",
  ]);
});

test("ten thousand are sorted within a frame or two", () => {
  const many = Array.from({ length: 10_000 }, (_, n) =>
    summary(`r-${n}`, { waitingSince: n % 3 ? new Date(1e12 + ((n * 7919) % 10_000)).toISOString() : null }),
  );
  const shown = sorted(many);
  expect(shown).toHaveLength(10_000);
  expect(shown[0]?.waitingSince).toBe(new Date(1e12 + 1).toISOString());
});

test.each([
  ["At the Station 2", "at-the-station-2"],
  ["Łódź – Café", "odz-cafe"],
  ["  ", ""],
  ["x".repeat(60), "x".repeat(40)],
])("an address is made of the name %j", (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

test("an address is lower-case letters, digits and hyphens", () => {
  expect(["a", "a-1", "x".repeat(40)].every(isSlug)).toBe(true);
  expect(["", "A", "a b", "a/b", "x".repeat(41)].some(isSlug)).toBe(false);
});
