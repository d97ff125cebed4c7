import { describe, expect, test } from "vitest";
import type { Order } from "../../feed/fold";
import { cell, row } from "./csv";
import { filterIn, spanOf } from "./filter";
import { pageAt, type Read, start } from "./pages";

const order = (number: number, more: Partial<Order> = {}) =>
  ({ number, type: "NORMAL", status: "COMPLETE", lines: [], note: null, ...more }) as Order;

describe("the pages", () => {
  /** Two lists in pages of two. */
  const lists = { COMPLETE: [9, 8, 5, 2, 1], CANCELLED: [7, 6, 4, 3] };
  const read: Read = async ({ status, cursor }) => {
    const from = Number(cursor ?? 0);
    const list = lists[status];
    const nextCursor = from + 2 < list.length ? String(from + 2) : null;
    return { orders: list.slice(from, from + 2).map((number) => order(number)), nextCursor };
  };

  test("merge what is done and what was cancelled, newest first, none lost and none twice", async () => {
    const seen: number[] = [];
    let next: ReturnType<typeof start> | null = start({});
    while (next) {
      const page = await pageAt(next, undefined, read);
      seen.push(...page.orders.map(({ number }) => number));
      next = page.next;
    }
    expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test("ask for one status only when one is chosen", () => {
    expect(start({ status: "CANCELLED" }).sources.map(({ status }) => status)).toEqual(["CANCELLED"]);
  });
});

describe("the filter", () => {
  test("takes from an address what makes sense", () => {
    const search = {
      number: "12",
      type: "GOLD",
      status: "CANCELLED",
      time: "days",
      first: "2026-05-04",
      last: "x",
    };
    expect(filterIn(search)).toEqual({ number: 12, status: "CANCELLED", time: "days", first: "2026-05-04" });
    expect(filterIn({ number: "-1", first: "2026-05-04" })).toEqual({});
  });

  test("spans whole days, the last one included", () => {
    const span = spanOf({ time: "days", first: "2026-05-04", last: "2026-05-04" }, new Date());
    expect(Date.parse(span.to ?? "") - Date.parse(span.from ?? "")).toBe(86_400_000);
    const today = spanOf({ time: "today" }, new Date(2026, 4, 4, 13));
    expect(today).toEqual({ from: new Date(2026, 4, 4).toISOString() });
  });
});

describe("the file", () => {
  test.each(["=1+1", "+6012", "-1", "@SUM(A1)"])("makes %s text", (formula) => {
    expect(cell(formula)).toBe(`'${formula}`);
  });

  test("quotes what would break a row", () => {
    expect(cell('no "hot", sauce')).toBe('"no ""hot"", sauce"');
    expect(row(order(3, { note: "a,b" }))).toContain('"a,b"');
  });
});
