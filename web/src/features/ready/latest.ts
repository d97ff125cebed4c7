import { useEffect, useRef, useState } from "react";
import type { Order } from "../../feed/fold";

/**
 * The order that has become ready last, while somebody looked: the newest that was not there before. What is there when
 * the board comes, which is `null` until then, is no news.
 */
export function useLatest(ready: readonly Order[] | null): Order | null {
  const known = useRef<ReadonlySet<string> | null>(null);
  const [latest, setLatest] = useState<Order | null>(null);
  useEffect(() => {
    if (!ready) return;
    const before = known.current;
    known.current = new Set(ready.map((order) => order.id));
    const news = before && ready.find((order) => !before.has(order.id));
    if (news) setLatest(news);
  }, [ready]);
  return latest;
}
