import { useEffect, useRef, useState } from "react";
import { answer, api } from "../../api/client";
import type { Board, Order } from "../../feed/fold";

/** How often the server is asked at most, however fast the queue moves. */
const ASK_MS = 1_000;

/**
 * How many picks an order that waits is away, from 1; `null` while that is not known.
 *
 * With VIP always first it is where the order stands on the board. Any other policy looks at clocks and at earlier
 * picks, so the kitchen is asked whenever the queue changed.
 */
export function usePlace(order: Order, { pending, settings }: Board): number | null {
  const strict = settings.policy.kind === "strict";
  const [asked, setAsked] = useState<number | null>(null);
  const askedAt = useRef(Number.NEGATIVE_INFINITY);
  const { id } = order;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again whenever the queue or the policy is another
  useEffect(() => {
    if (strict) return;
    const controller = new AbortController();
    const { signal } = controller;
    const ask = async () => {
      askedAt.current = performance.now();
      const asking = api.GET("/api/orders/{id}", { params: { path: { id } }, signal });
      const found = await answer(asking).catch(() => null);
      if (found && !signal.aborted) setAsked(found.queuePosition ?? null);
    };
    const timer = setTimeout(() => void ask(), Math.max(0, askedAt.current + ASK_MS - performance.now()));
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [id, strict, pending, settings.policy]);
  return strict ? pending.indexOf(order) + 1 : asked;
}
