/** What a screen asks of the kitchen, and what it says about the answer. */
import i18next from "i18next";
import { create } from "zustand";
import { answer, api, freshKey } from "../../api/client";
import { inWords } from "../../api/problem";
import type { components } from "../../api/schema";
import { keyed, tried, whyNot } from "../../api/tried";
import { keep, kept } from "../../app/storage";
import type { Entry, OrderType, Outbox } from "../../outbox/outbox";
import { say } from "../../ui/toasts";
import { author } from "../../who/me";
import { BASE } from "../../who/place";
import { useMine } from "../kiosk/mine";

type Bot = components["schemas"]["Bot"];
type Order = components["schemas"]["Order"];

/** Orders on their way to this restaurant, and those that were refused. They have no number: only the server gives numbers. */
export const useSending = create<{ readonly sending: readonly Entry[] }>(() => ({ sending: [] }));

const t = i18next.t.bind(i18next);

/** Runs something and says so when it fails; `number` is the order that it is about. */
async function doing<T>(ask: () => Promise<T>, number?: number): Promise<T | undefined> {
  try {
    return await tried(ask);
  } catch (error) {
    say({ text: t("said.failed", { why: whyNot(t, error, number) }), wrong: true });
    return undefined;
  }
}

/** Stands on the device as long as the outbox may hold something of theirs, so that it need not be loaded to see that. */
const unsentOf = (whose: string | null) => `feedme:unsent:${whose}`;

/** How many orders are being written down. */
let placing = 0;

let outbox: Promise<Outbox> | undefined;

/** The orders that this device has not got an answer to, kept across restarts. Loaded when it is needed. */
function theOutbox(): Promise<Outbox> {
  if (outbox) return outbox;
  const loading = import("../../outbox/outbox").then(({ browserOutbox }) => {
    const it = browserOutbox({
      author,
      accepted: (order, { follow }) => {
        placedNow(order, follow);
      },
      refused: (why) => say({ text: t("said.failed", { why: inWords(t, why) }), wrong: true }),
    });
    const whose = author();
    it.watch((sending) => {
      useSending.setState({ sending: sending.filter(({ base }) => base === BASE) });
      if (sending.length > 0) keep(unsentOf(whose), "1");
      else if (placing === 0) keep(unsentOf(whose), null);
    });
    return it;
  });
  // What could not be loaded now may be had later.
  loading.catch(() => {
    outbox = undefined;
  });
  outbox = loading;
  return loading;
}

/** The next customer at a kiosk must not find the last one's order to take back. */
const TAKE_BACK_MS = 10_000;

/** An order has its number. Whoever follows it here can take it back. */
function placedNow(order: Order, follow: boolean): void {
  const text = t("said.placed", { number: order.number });
  if (!follow) {
    say({ text });
    return;
  }
  useMine.getState().follow(order);
  say({ text, action: { label: t("actions.takeBack"), run: () => void cancel(order), forMs: TAKE_BACK_MS } });
}

/** Sends what whoever is here left unsent in an earlier visit or another tab, or what waited for the network. */
export async function sendWhatWaits(): Promise<void> {
  const whose = author();
  if (whose !== null && kept(unsentOf(whose))) await (await theOutbox()).flush();
}

/** How many orders of whoever is here the server has not answered. */
export async function countUnsent(): Promise<number> {
  const whose = author();
  return whose !== null && kept(unsentOf(whose)) ? (await theOutbox()).unsent() : 0;
}

/** Forgets the orders of somebody that were not sent, or were refused. */
export async function forgetUnsent(whose: string): Promise<void> {
  if (!kept(unsentOf(whose))) return;
  await (await theOutbox()).clear(whose);
  keep(unsentOf(whose), null);
}

// Another tab wrote something down: it is shown here, too.
window.addEventListener("storage", ({ key, newValue }) => {
  if (newValue && key === unsentOf(author())) void sendWhatWaits();
});

/** Places an order; with `follow` this device shows what becomes of it. */
export async function place(type: OrderType, follow = false): Promise<void> {
  const key = freshKey();
  placing += 1;
  try {
    keep(unsentOf(author()), "1");
    await (await theOutbox()).put({ key, base: BASE, type, follow });
  } catch {
    // Nothing can be written down on this device, as in some private windows: it is sent at once, or not at all.
    const params = { header: { "Idempotency-Key": key } };
    const placed = await doing(() => answer(api.POST("/api/orders", { params, body: { type } })));
    if (!placed) return;
    placedNow(placed.order, follow);
  } finally {
    placing -= 1;
  }
}

export async function dismiss(key: string): Promise<void> {
  await (await theOutbox()).dismiss(key);
}

export async function cancel(order: Order): Promise<void> {
  const params = { ...keyed(), path: { id: order.id } };
  const done = await doing(() => answer(api.POST("/api/orders/{id}/cancel", { params })), order.number);
  if (!done) return;
  const action = { label: t("actions.undo"), run: () => void restore(order) };
  say({ text: t("said.cancelled", { number: order.number }), action });
}

export async function restore(order: Order): Promise<void> {
  const params = { ...keyed(), path: { id: order.id } };
  const done = await doing(() => answer(api.POST("/api/orders/{id}/restore", { params })), order.number);
  if (done) say({ text: t("said.restored", { number: order.number }) });
}

export async function collect(order: Order): Promise<void> {
  const params = { ...keyed(), path: { id: order.id } };
  const done = await doing(() => answer(api.POST("/api/orders/{id}/collect", { params })), order.number);
  if (done) say({ text: t("said.collected", { number: order.number }) });
}

export async function addBot(): Promise<void> {
  const params = keyed();
  const done = await doing(() => answer(api.POST("/api/bots", { params })));
  if (done) say({ text: t("said.botAdded", { number: done.bot.number }) });
}

export async function removeNewestBot(): Promise<void> {
  const params = keyed();
  const done = await doing(() => answer(api.DELETE("/api/bots/newest", { params })));
  if (done) sayRemoved(done);
}

/** Removes the bot that somebody was asked about, and no other. */
export async function removeBot({ id }: Bot): Promise<void> {
  const params = { ...keyed(), path: { id } };
  const done = await doing(() => answer(api.DELETE("/api/bots/{id}", { params })));
  if (done) sayRemoved(done);
}

function sayRemoved({ bot, returnedOrder }: components["schemas"]["BotRemoved"]): void {
  if (returnedOrder) {
    say({ text: t("said.botRemovedReturned", { bot: bot.number, order: returnedOrder.number }) });
  } else {
    say({ text: t("said.botRemoved", { number: bot.number }) });
  }
}

/** Orders restored at a time, so that a whole board comes back within its minute. */
const AT_A_TIME = 8;

/** Clears the board; what was cancelled can be brought back. */
export async function clearAll(active: readonly Order[]): Promise<void> {
  const params = keyed();
  const done = await doing(() => answer(api.DELETE("/api/orders/clear", { params })));
  if (!done) return;
  const text = `${t("said.cancelledMany", { count: done.cancelled })}, ${t("said.takenOff", { count: done.cleared })}`;
  if (done.cancelled === 0) say({ text });
  else say({ text, action: { label: t("actions.undo"), run: () => void restoreAll(active) } });
}

async function restoreAll(orders: readonly Order[]): Promise<void> {
  const left = orders.toSorted((a, b) => a.number - b.number);
  let restored = 0;
  const one = async (): Promise<void> => {
    for (let order = left.shift(); order; order = left.shift()) {
      const params = { ...keyed(), path: { id: order.id } };
      const back = await tried(() => answer(api.POST("/api/orders/{id}/restore", { params }))).catch(
        () => null,
      );
      if (back) restored += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
  say({ text: t("said.restoredMany", { count: restored }), wrong: restored < orders.length });
}

export async function takeOrders(acceptingOrders: boolean): Promise<void> {
  const params = keyed();
  await doing(() => answer(api.PATCH("/api/settings", { params, body: { acceptingOrders } })));
}
