/**
 * The past, page by page, newest first.
 *
 * The server lists one status at a time, or all of them with what still waits. The past is what is done and what was
 * cancelled, so two lists are read side by side and merged by number.
 */
import { answer, api } from "../../api/client";
import type { Order } from "../../feed/fold";
import { type Filter, spanOf } from "./filter";

/** The most that the server gives at once. */
const PAGE = 100;

interface Source {
  readonly status: "COMPLETE" | "CANCELLED";
  /** Read, and not shown yet. */
  readonly read: readonly Order[];
  /** Where to go on; empty at the start, `null` at the end. */
  readonly cursor: string | null;
}

export interface Position {
  readonly sources: readonly Source[];
  /** The span is fixed when reading begins: pages of different spans do not fit together. */
  readonly query: { type?: Order["type"]; number?: number; from?: string; to?: string };
}

export interface Page {
  readonly orders: readonly Order[];
  readonly next: Position | null;
}

export function start(filter: Filter, now = new Date()): Position {
  const { type, number, status } = filter;
  const statuses = status ? [status] : (["COMPLETE", "CANCELLED"] as const);
  return {
    sources: statuses.map((each) => ({ status: each, read: [], cursor: "" })),
    query: { ...(type && { type }), ...(number && { number }), ...spanOf(filter, now) },
  };
}

/** Reads one page of one status. */
export type Read = (
  query: Position["query"] & { status: Source["status"]; limit: number; cursor?: string },
  signal?: AbortSignal,
) => Promise<{ orders: readonly Order[]; nextCursor: string | null }>;

const read: Read = async (query, signal) => {
  const asked = api.GET("/api/orders", { params: { query }, ...(signal && { signal }) });
  const { orders, ...rest } = await answer(asked);
  return { orders, nextCursor: "nextCursor" in rest ? rest.nextCursor : null };
};

export async function pageAt(position: Position, signal?: AbortSignal, from: Read = read): Promise<Page> {
  const { query } = position;
  const sources = await Promise.all(
    position.sources.map(async (source) => {
      if (source.read.length > 0 || source.cursor === null) return source;
      const at = source.cursor === "" ? {} : { cursor: source.cursor };
      const got = await from({ ...query, status: source.status, limit: PAGE, ...at }, signal);
      return { ...source, read: got.orders, cursor: got.nextCursor };
    }),
  );
  return merged(sources, query);
}

/** Takes the newest of all as long as it is known which that is. */
function merged(sources: readonly Source[], query: Position["query"]): Page {
  const at = sources.map(() => 0);
  const orders: Order[] = [];
  const head = (index: number) => sources[index]?.read[at[index] ?? 0];
  for (;;) {
    const unknown = sources.some((source, index) => !head(index) && source.cursor !== null);
    let newest: number | null = null;
    for (const index of sources.keys()) {
      const [it, best] = [head(index), newest === null ? undefined : head(newest)];
      if (it && (!best || it.number > best.number)) newest = index;
    }
    if (unknown || newest === null) break;
    orders.push(head(newest) as Order);
    at[newest] = (at[newest] ?? 0) + 1;
  }
  const left = sources.map((source, index) => ({ ...source, read: source.read.slice(at[index]) }));
  const ended = left.every((source) => source.read.length === 0 && source.cursor === null);
  return { orders, next: ended ? null : { sources: left, query } };
}

/** The newest of each status, to see what a list that was read earlier lacks. */
export async function newest(filter: Filter, signal?: AbortSignal, from: Read = read): Promise<Order[]> {
  const { sources, query } = start(filter);
  const asked = sources.map(({ status }) => from({ ...query, status, limit: PAGE }, signal));
  return (await Promise.all(asked)).flatMap(({ orders }) => orders);
}

/** The orders that the pages lack and, read to their end, would still lack. */
export function lacking(pages: readonly Page[], orders: readonly Order[]): Order[] {
  const left = pages.at(-1)?.next?.sources ?? [];
  const held = [...pages.flatMap((page) => page.orders), ...left.flatMap((source) => source.read)];
  const known = new Set(held.map(ending));
  /** Below these the next pages go on. */
  const goesOn = left.filter(({ cursor }) => cursor !== null);
  const lowest = new Map<Order["status"], number>(
    goesOn.map(({ status }) => [status, held.findLast((order) => order.status === status)?.number ?? 0]),
  );
  return orders.filter(
    (order) => !known.has(ending(order)) && order.number > (lowest.get(order.status) ?? 0),
  );
}

/** One that was restored ends a second time. */
function ending({ id, completedAt, cancelledAt }: Order): string {
  return `${id} ${completedAt ?? cancelledAt}`;
}
