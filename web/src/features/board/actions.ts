/** What a screen asks of the kitchen, and what it says about the answer. */
import i18next from "i18next";
import { create } from "zustand";
import { ApiError, answer, api, freshKey } from "../../api/client";
import type { components } from "../../api/schema";
import { say } from "../../ui/toasts";

type OrderType = components["schemas"]["OrderType"];
type Order = components["schemas"]["Order"];

/** Orders that were asked for and not answered yet. They have no number: only the server gives numbers. */
interface Sending {
  readonly sending: readonly { key: string; type: OrderType }[];
}

export const useSending = create<Sending>(() => ({ sending: [] }));

/** How often a request that got no answer is sent again, with the same key, before somebody has to know. */
const TRIES = 3;

const key = () => ({ header: { "Idempotency-Key": freshKey() } });
const t = i18next.t.bind(i18next);

async function tried<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const again = error instanceof ApiError && error.problem === null && attempt < TRIES;
      if (!again) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300 * attempt));
    }
  }
}

/** Runs something and says so when it fails. */
async function doing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await tried(ask);
  } catch (error) {
    const why = error instanceof ApiError && error.problem ? error.problem.detail : t("said.unreachable");
    say({ text: t("said.failed", { why }), wrong: true });
    return undefined;
  }
}

export async function place(type: OrderType): Promise<Order | undefined> {
  const params = key();
  const sent = { key: params.header["Idempotency-Key"], type };
  useSending.setState(({ sending }) => ({ sending: [...sending, sent] }));
  const placed = await doing(() => answer(api.POST("/api/orders", { params, body: { type } })));
  useSending.setState(({ sending }) => ({ sending: sending.filter((it) => it !== sent) }));
  if (placed) say({ text: t("said.placed", { number: placed.order.number }) });
  return placed?.order;
}

export async function cancel(order: Order): Promise<void> {
  const params = { ...key(), path: { id: order.id } };
  const done = await doing(() => answer(api.POST("/api/orders/{id}/cancel", { params })));
  if (!done) return;
  const action = { label: t("actions.undo"), run: () => void restore(order) };
  say({ text: t("said.cancelled", { number: order.number }), action });
}

export async function restore(order: Order): Promise<void> {
  const params = { ...key(), path: { id: order.id } };
  const done = await doing(() => answer(api.POST("/api/orders/{id}/restore", { params })));
  if (done) say({ text: t("said.restored", { number: order.number }) });
}

export async function collect(order: Order): Promise<void> {
  const params = { ...key(), path: { id: order.id } };
  const done = await doing(() => answer(api.POST("/api/orders/{id}/collect", { params })));
  if (done) say({ text: t("said.collected", { number: order.number }) });
}

export async function addBot(): Promise<void> {
  const params = key();
  const done = await doing(() => answer(api.POST("/api/bots", { params })));
  if (done) say({ text: t("said.botAdded", { number: done.bot.number }) });
}

export async function removeNewestBot(): Promise<void> {
  const params = key();
  const done = await doing(() => answer(api.DELETE("/api/bots/newest", { params })));
  if (!done) return;
  const { bot, returnedOrder } = done;
  if (returnedOrder) {
    say({ text: t("said.botRemovedReturned", { bot: bot.number, order: returnedOrder.number }) });
  } else {
    say({ text: t("said.botRemoved", { number: bot.number }) });
  }
}

export async function clearAll(): Promise<void> {
  const params = key();
  const done = await doing(() => answer(api.DELETE("/api/orders/clear", { params })));
  if (done) say({ text: t("said.cleared", { ...done }) });
}

export async function takeOrders(acceptingOrders: boolean): Promise<void> {
  const params = key();
  await doing(() => answer(api.PATCH("/api/settings", { params, body: { acceptingOrders } })));
}
