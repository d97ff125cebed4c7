/**
 * The board as a screen holds it: a snapshot, and the events that followed folded in.
 *
 * The kitchen decides; nothing here does. An event carries the order or bot as it is afterwards and says whether the
 * order is on the board, so folding is filing. The golden vectors beside this file, written by the kitchen itself, hold
 * it to that.
 */
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Order = Schemas["Order"];
export type Bot = Schemas["Bot"];
export type Settings = Schemas["Settings"];
export type BoardMessage = Schemas["Board"];
export type LiveEvents = Schemas["LiveEvents"];
export type EventName = Exclude<keyof LiveEvents, "snapshot" | "heartbeat">;

/** Where a screen stands: which history, and which event of it. */
export interface Position {
  readonly epoch: string;
  readonly version: number;
}

/** What is shown. Whatever did not change is the same object as before, so a view redraws only what did. */
export interface Board extends Position {
  readonly restaurant: Schemas["Restaurant"];
  readonly settings: Settings;
  /** VIP first, then NORMAL, each by number. */
  readonly pending: readonly Order[];
  /** In order of their start. */
  readonly processing: readonly Order[];
  /** Newest first. */
  readonly complete: readonly Order[];
  /** Newest first. */
  readonly bots: readonly Bot[];
}

/** A board from a snapshot. */
export function boardOf(message: BoardMessage): Board {
  const of = (status: Order["status"]) => message.orders.filter((order) => order.status === status);
  const { restaurant, epoch, version, settings, bots } = message;
  const [pending, processing, complete] = [of("PENDING"), of("PROCESSING"), of("COMPLETE")];
  return { restaurant, epoch, version, settings, bots, pending, processing, complete };
}

/** The same board as a snapshot. */
export function messageOf(board: Board): BoardMessage {
  const { restaurant, epoch, version, settings, pending, processing, complete } = board;
  const bots = [...board.bots];
  return { restaurant, epoch, version, settings, bots, orders: [...pending, ...processing, ...complete] };
}

/** What became of an event. */
export type Folded =
  | { readonly kind: "folded"; readonly board: Board }
  /** It was known already. */
  | { readonly kind: "old" }
  /** Something is missing before it: a snapshot is needed. */
  | { readonly kind: "gap" };

/** Folds an event into a board. */
export function fold<Name extends EventName>(
  board: Board,
  epoch: string,
  name: Name,
  data: LiveEvents[Name],
): Folded {
  if (epoch !== board.epoch) return { kind: "gap" };
  if (data.version <= board.version) return { kind: "old" };
  if (data.version > board.version + 1) return { kind: "gap" };
  return { kind: "folded", board: { ...step(board, name, data), version: data.version } };
}

function step(board: Board, name: EventName, data: LiveEvents[EventName]): Board {
  if ("order" in data) {
    const { order, onBoard } = data;
    const cleared = takeOff(board, order.id);
    const bots =
      order.status === "PROCESSING"
        ? board.bots.map((bot) =>
            bot.id === order.botId
              ? { ...bot, status: "PROCESSING" as const, currentOrderId: order.id }
              : bot,
          )
        : released(board.bots, (held) => held === order.id);
    return { ...(onBoard ? putOn(cleared, order) : cleared), bots };
  }
  if ("bot" in data) {
    const others = board.bots.filter((bot) => bot.id !== data.bot.id);
    if (name === "bot.removed") return { ...board, bots: others };
    return { ...board, bots: inserted(others, data.bot, (a, b) => b.number - a.number) };
  }
  if ("name" in data) return { ...board, restaurant: { ...board.restaurant, name: data.name } };
  if ("archivedAt" in data) {
    return { ...board, restaurant: { ...board.restaurant, archivedAt: data.archivedAt } };
  }
  if ("settings" in data) return { ...board, settings: data.settings };
  if ("cancelledIds" in data) {
    return { ...board, pending: [], processing: [], complete: [], bots: released(board.bots, () => true) };
  }
  return board;
}

/** How each column is sorted. */
const order = {
  pending: (a: Order, b: Order) => rank(a) - rank(b) || a.number - b.number,
  processing: (a: Order, b: Order) => (a.claim ?? 0) - (b.claim ?? 0) || a.number - b.number,
  complete: (a: Order, b: Order) => compare(b.completedAt, a.completedAt) || b.number - a.number,
};

function rank(it: Order): number {
  return it.type === "VIP" ? 0 : 1;
}

/** Times of the same form and zone sort as text. */
function compare(a: string | null, b: string | null): number {
  const [left, right] = [a ?? "", b ?? ""];
  return left < right ? -1 : left > right ? 1 : 0;
}

function putOn(board: Board, it: Order): Board {
  switch (it.status) {
    case "PENDING":
      return { ...board, pending: inserted(board.pending, it, order.pending) };
    case "PROCESSING":
      return { ...board, processing: inserted(board.processing, it, order.processing) };
    case "COMPLETE":
      return { ...board, complete: inserted(board.complete, it, order.complete) };
    default:
      return board;
  }
}

function takeOff(board: Board, id: string): Board {
  for (const column of ["pending", "processing", "complete"] as const) {
    const orders = board[column];
    const index = orders.findIndex((it) => it.id === id);
    if (index >= 0) return { ...board, [column]: orders.toSpliced(index, 1) };
  }
  return board;
}

function released(bots: readonly Bot[], holds: (orderId: string) => boolean): readonly Bot[] {
  const busy = (bot: Bot) => bot.currentOrderId !== null && holds(bot.currentOrderId);
  if (!bots.some(busy)) return bots;
  return bots.map((bot) => (busy(bot) ? { ...bot, status: "IDLE" as const, currentOrderId: null } : bot));
}

/** The list with one more, where it belongs. */
function inserted<T>(list: readonly T[], it: T, by: (a: T, b: T) => number): readonly T[] {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = list[middle] as T;
    if (by(there, it) <= 0) low = middle + 1;
    else high = middle;
  }
  return list.toSpliced(low, 0, it);
}
