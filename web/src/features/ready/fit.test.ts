import { describe, expect, test } from "vitest";
import { fitting, widest } from "./fit";

const AREAS = {
  phone: [358, 300],
  tablet: [380, 640],
  tv720: [500, 560],
  tv1080: [740, 860],
  wall: [1100, 860],
} as const;

describe("the numbers of the ready board", () => {
  for (const [name, [width, height]] of Object.entries(AREAS)) {
    test(`are whole on a ${name}, whatever they are`, () => {
      for (const number of [7, 42, 999, 1_234, 12_345, 123_456, 9_999_999]) {
        for (const type of ["NORMAL", "VIP"] as const) {
          for (const count of [1, 4, 20, 300]) {
            const wide = widest([{ number, type }]);
            const found = fitting({ width, height }, wide, count);
            expect(found.size * wide).toBeLessThanOrEqual(width);
            expect(found.size * 1.15).toBeLessThanOrEqual(height);
            expect(found.fit).toBeGreaterThanOrEqual(1);
          }
        }
      }
    });
  }

  test("are as large as their count allows", () => {
    const wide = widest([{ number: 7, type: "NORMAL" }]);
    const sizes = [1, 4, 12, 40].map((count) => fitting({ width: 1_100, height: 860 }, wide, count).size);
    expect(sizes).toEqual([420, 340, 220, 120]);
  });
});
