import { expect, test } from "vitest";
import { filterIn, queryOf } from "./filter";

test.each([
  [{}, {}],
  [
    { from: "2026-05-04", to: "2026-05-05", who: "mei", kind: "user.added" },
    { from: "2026-05-04", to: "2026-05-05", who: "mei", kind: "user.added" },
  ],
  [{ from: "yesterday", to: "2026-99-99", who: "", kind: " ", more: "x" }, {}],
  [{ who: 7 }, { who: "7" }],
])("%j", (search, filter) => {
  expect(filterIn(search)).toEqual(filter);
});

test("a day is asked for from its midnight to the next one here", () => {
  const { from = "", to = "" } = queryOf({ from: "2026-05-04", to: "2026-05-04" });
  expect(new Date(from).getHours()).toBe(0);
  expect(new Date(from).getDate()).toBe(4);
  expect(new Date(to).getDate()).toBe(5);
});
