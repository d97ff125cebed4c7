import { describe, expect, test } from "vitest";
import { boundsIn, formOf, patchOf, sameIn } from "./form";

const kitchen = { cookMs: 8_500, completedStaysMs: 1_800_000, policy: { kind: "strict" as const } };

describe("the form", () => {
  test("shows seconds and minutes, and sends milliseconds", () => {
    const form = formOf(kitchen);
    expect([form.cookMs, form.completedStaysMs]).toEqual(["8.5", "30"]);
    expect(patchOf({ ...form, cookMs: "12,25" }, ["cook"])).toEqual({ patch: { cookMs: 12_250 } });
  });

  test("sends a policy whole, with what belongs to it only", () => {
    const form = { ...formOf(kitchen), kind: "deadline" as const, "policy.vipMs": "2" };
    expect(patchOf(form, ["policy"])).toEqual({
      patch: { policy: { kind: "deadline", vipMs: 120_000, normalMs: 600_000 } },
    });
  });

  test("names the fields that hold no number, but not those of another policy", () => {
    const form = { ...formOf(kitchen), cookMs: " ", "policy.vip": "many" };
    expect(patchOf(form, ["cook", "policy"])).toEqual({ empty: ["cookMs"] });
    expect(patchOf({ ...form, kind: "ratio" }, ["policy"])).toEqual({ empty: ["policy.vip"] });
  });

  test("is the same when it means the same", () => {
    const form = formOf(kitchen);
    expect(sameIn("cook", form, { ...form, cookMs: "8.50" })).toBe(true);
    expect(sameIn("policy", form, { ...form, "policy.vip": "9" })).toBe(true);
    expect(sameIn("policy", form, { ...form, kind: "ratio" })).toBe(false);
  });

  test("gives the server's bounds in its own unit", () => {
    expect(boundsIn("cookMs", "a whole number from 0 to 86400000")).toEqual({ from: 0, to: 86_400 });
    expect(boundsIn("cookMs", "something new")).toBeNull();
  });
});
