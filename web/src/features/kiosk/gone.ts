import { useEffect, useState } from "react";
import { answer, api } from "../../api/client";
import type { Board, Order } from "../../feed/fold";

/** What became of an order that is not on the board any more: the board does not say, so the kitchen is asked. */
export function useGone(id: string, shown: Order | undefined, board: Board | null): Order | undefined {
  const [gone, setGone] = useState<Order | undefined>();
  const isGone = board !== null && shown === undefined;
  useEffect(() => {
    if (!isGone) {
      setGone(undefined);
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    answer(api.GET("/api/orders/{id}", { params: { path: { id } }, signal }))
      .then(({ order }) => {
        // One that waits or cooks will be on the board in a moment.
        if (order.status === "COMPLETE" || order.status === "CANCELLED") setGone(order);
      })
      .catch(() => {});
    return () => controller.abort();
  }, [id, isGone]);
  return gone;
}
