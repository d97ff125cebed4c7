import type { CSSProperties } from "react";
import type { Order } from "../../feed/fold";
import { useFeed } from "../../feed/react";

/**
 * How far an order has come. The browser moves it by itself, so it is smooth and costs nothing; where it stands
 * follows from the server's start time and clock.
 */
export function Progress({ order, className = "" }: { order: Order; className?: string }) {
  const { clock } = useFeed();
  if (!order.dueAt || !order.processingStartedAt) return null;
  const start = Date.parse(order.processingStartedAt);
  const takes = Math.max(1, Date.parse(order.dueAt) - start);
  const gone = Math.max(0, clock.now() - start);
  const style = {
    "--takes": `${takes}ms`,
    animation: `fill ${takes}ms linear ${-gone}ms both`,
  } as CSSProperties;
  return (
    <div
      className={`h-1.5 overflow-hidden rounded-full bg-cooking-soft forced-colors:outline ${className}`}
      aria-hidden="true"
    >
      <div
        key={`${order.id}-${order.claim}`}
        className="progress-fill h-full origin-left rounded-full bg-cooking"
        style={style}
      />
    </div>
  );
}
