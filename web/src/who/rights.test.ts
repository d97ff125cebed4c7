import { expect, test } from "vitest";
import { homeOf, may, mayCancel, maySee, type Role } from "./rights";

const ROLES = ["NORMAL", "VIP", "MANAGER", "BOT", "DISPLAY"] as const;
const is = (role: Role, id: string | null = "me") => ({ id, role });

test.each([
  ["placeNormal", "yes no yes no no"],
  ["placeVip", "no yes yes no no"],
  ["cancel", "yes yes yes no no"],
  ["seeHistory", "yes yes yes no no"],
  ["cook", "no no yes yes no"],
  ["manage", "no no yes no no"],
] as const)("%s: normal, vip, manager, bot, display %s", (right, expected) => {
  expect(ROLES.map((role) => (may(is(role), right) ? "yes" : "no")).join(" ")).toBe(expected);
  expect(may(null, right)).toBe(false);
});

test.each([
  ["/", "yes yes yes no no"],
  ["/display", "no no yes no yes"],
  ["/order", "yes yes yes no no"],
  ["/station", "no no yes yes no"],
  ["/history", "yes yes yes no no"],
  ["/settings", "yes yes yes yes no"],
  ["/account", "yes yes yes yes yes"],
  ["/people", "no no yes no no"],
  ["/devices", "no no yes no no"],
  ["/audit", "no no yes no no"],
])("%s: normal, vip, manager, bot, display %s", (screen, expected) => {
  expect(ROLES.map((role) => (maySee(is(role), screen) ? "yes" : "no")).join(" ")).toBe(expected);
});

test("everybody begins where they may be", () => {
  for (const role of ROLES) expect(maySee(is(role), homeOf(role)), role).toBe(true);
});

test("one's own order is taken back while it waits, any by a manager", () => {
  const order = (status: string, userId: string | null) => ({ status, userId });
  expect(mayCancel(is("NORMAL"), order("PENDING", "me"))).toBe(true);
  expect(mayCancel(is("NORMAL"), order("PROCESSING", "me"))).toBe(false);
  expect(mayCancel(is("VIP"), order("PENDING", "somebody else"))).toBe(false);
  expect(mayCancel(is("DISPLAY", null), order("PENDING", null))).toBe(false);
  expect(mayCancel(is("MANAGER", null), order("PROCESSING", "somebody else"))).toBe(true);
});
