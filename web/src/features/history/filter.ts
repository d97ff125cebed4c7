/** Which orders of the past are shown. It stands in the address, so it can be shared and gone back to. */
import type { Order } from "../../feed/fold";

export const TIMES = ["any", "today", "week", "month", "days"] as const;
export type Time = (typeof TIMES)[number];

export interface Filter {
  readonly number?: number;
  readonly type?: Order["type"];
  readonly status?: "COMPLETE" | "CANCELLED";
  readonly time?: Exclude<Time, "any">;
  /** The first and the last day, as `2026-05-04`, where the days are chosen one by one. */
  readonly first?: string;
  readonly last?: string;
}

const one = <T extends string>(all: readonly T[], word: unknown): T | undefined =>
  all.find((it) => it === word);

function day(word: unknown): string | undefined {
  const found = typeof word === "string" && /^\d{4}-\d\d-\d\d$/.test(word);
  return found && !Number.isNaN(Date.parse(word)) ? word : undefined;
}

/** The filter in an address; what makes no sense is left out. */
export function filterIn(search: Record<string, unknown>): Filter {
  const number = Number(search.number);
  const type = one(["NORMAL", "VIP"] as const, search.type);
  const status = one(["COMPLETE", "CANCELLED"] as const, search.status);
  const time = one(["today", "week", "month", "days"] as const, search.time);
  const [first, last] = [day(search.first), day(search.last)];
  return {
    ...(Number.isSafeInteger(number) && number > 0 && { number }),
    ...(type && { type }),
    ...(status && { status }),
    ...(time && { time }),
    ...(time === "days" && first && { first }),
    ...(time === "days" && last && { last }),
  };
}

/** How many days each span goes back, today included. */
const BACK = { today: 0, week: 6, month: 29 } as const;

/** The moments between which orders were placed, by the days of this device. */
export function spanOf(filter: Filter, now: Date): { from?: string; to?: string } {
  if (!filter.time) return {};
  if (filter.time !== "days") {
    const from = new Date(now.getFullYear(), now.getMonth(), now.getDate() - BACK[filter.time]);
    return { from: from.toISOString() };
  }
  return {
    ...(filter.first && { from: midnight(filter.first, 0) }),
    ...(filter.last && { to: midnight(filter.last, 1) }),
  };
}

function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
