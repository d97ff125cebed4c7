import { describe, expect, test } from "vitest";
import type { Order } from "../../feed/fold";
import { cell, nameAt, row } from "./csv";
import { filterIn, spanOf } from "./filter";
import { lacking, newest, type Page, pageAt, type Read, start } from "./pages";

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

describe("what ended after the list was read", () => {
  const ended = (number: number, status: Order["status"] = "COMPLETE", at = "09:00") =>
    order(number, {
      id: `${number}`,
      status,
      completedAt: status === "COMPLETE" ? at : null,
      cancelledAt: at,
    });
  const numbers = (orders: readonly Order[]) => orders.map(({ number }) => number);
  const page = (orders: Order[], next: Page["next"] = null): Page => ({ orders, next });

  test("is asked for by the list's own filter", async () => {
    const asked: unknown[] = [];
    const read: Read = async (query) => {
      asked.push(query);
      return { orders: [], nextCursor: null };
    };
    await newest({ type: "VIP", status: "CANCELLED" }, undefined, read);
    expect(asked).toEqual([{ type: "VIP", status: "CANCELLED", limit: 100 }]);
    await newest({}, undefined, read);
    expect(asked).toHaveLength(3);
  });

  test("is whatever the list does not have, also further down", () => {
    const pages = [page([ended(9), ended(7, "CANCELLED")]), page([ended(5)])];
    const now = [ended(10), ended(9), ended(8), ended(5), ended(7, "CANCELLED"), ended(3, "CANCELLED")];
    expect(numbers(lacking(pages, now))).toEqual([10, 8, 3]);
    expect(numbers(lacking([page([])], now))).toEqual([10, 9, 8, 5, 7, 3]);
  });

  test("is one that was restored and ended again", () => {
    expect(numbers(lacking([page([ended(4, "CANCELLED")])], [ended(4, "COMPLETE", "09:05")]))).toEqual([4]);
  });

  test("is not what was read and stands further down, nor what is read as somebody scrolls", () => {
    const sources = [
      { status: "COMPLETE", read: [], cursor: "below 6" },
      { status: "CANCELLED", read: [ended(4, "CANCELLED")], cursor: null },
    ] as const;
    const pages = [page([ended(9), ended(6)], { sources, query: {} })];
    const now = [ended(8), ended(6), ended(5), ended(4, "CANCELLED"), ended(2, "CANCELLED")];
    expect(numbers(lacking(pages, now))).toEqual([8, 2]);
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
  test.each([
    ...["=1+1", "+6012", "-1", "@SUM(A1)"],
    ...["＝1+1", "＋6012", "－1", "＠SUM(A1)"],
    ...["  =1+1", "\t1", "\u00a0=1+1", "\u3000＝1+1", "\u200b@SUM(A1)"],
  ])("makes %s text", (formula) => {
    expect(cell(formula)).toBe(`'${formula}`);
  });

  test.each(["\r1", "\n=1+1", "\r\n\t=1+1"])("makes %j text within its quotes", (formula) => {
    expect(cell(formula)).toBe(`"'${formula}"`);
  });

  test.each(["no = sign", "1 - 1", "2 × Teh tarik", " table 4"])("leaves %s as it is", (text) => {
    expect(cell(text)).toBe(text);
  });

  test("bears the day of this device", () => {
    expect(nameAt(new Date(2026, 0, 5, 0, 5))).toBe("orders-2026-01-05.csv");
    expect(nameAt(new Date(2026, 11, 31, 23, 55))).toBe("orders-2026-12-31.csv");
  });

  test("quotes what would break a row", () => {
    expect(cell('no "hot", sauce')).toBe('"no ""hot"", sauce"');
    expect(row(order(3, { note: "a,b" }))).toContain('"a,b"');
  });
});
