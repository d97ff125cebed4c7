import { useVirtualizer, type VirtualItem, type Virtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect } from "react";

/** How many items before the end more is asked for. */
const AHEAD = 20;

interface Props<Item> {
  items: readonly Item[];
  /** What the list scrolls in. */
  scroller: HTMLElement | null;
  /** How high an item is about, in pixels, until it is seen. */
  estimate: () => number;
  /** How many items stand ready beyond each edge. */
  overscan: number;
  /** Whether it goes on after the last item, so that nobody knows how long it is. */
  more?: boolean;
  /** Called when the end comes near; missing while nothing may be asked for. */
  onEnd?: (() => void) | undefined;
  /** Whether all of it is there, as on paper. */
  whole?: boolean;
  children: (item: Item) => ReactNode;
}

/** A list of which only what can be seen is there. */
export function LongList<Item extends { readonly id: string }>(props: Props<Item>) {
  const { items, scroller, estimate, overscan, more = false, onEnd, whole = false, children } = props;
  // Another function here has everything laid out anew, which must not happen at each step of a scroll.
  const getItemKey = useCallback((index: number) => items[index]?.id ?? index, [items]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller,
    estimateSize: estimate,
    gap: 8,
    overscan,
    getItemKey,
  });
  virtual.shouldAdjustScrollPositionOnItemSizeChange = isAboveAtRest;
  useEffect(() => {
    // The browser would scroll to where the end is estimated to be; it moves on as what comes is measured.
    const pressed = (event: KeyboardEvent) => {
      if (event.target !== scroller || (event.key !== "End" && event.key !== "Home")) return;
      event.preventDefault();
      virtual.scrollToIndex(event.key === "End" ? items.length - 1 : 0, { align: "end" });
    };
    scroller?.addEventListener("keydown", pressed);
    return () => scroller?.removeEventListener("keydown", pressed);
  }, [scroller, virtual, items.length]);
  const seen = virtual.getVirtualItems();
  const nearEnd = (seen.at(-1)?.index ?? -1) >= items.length - AHEAD;
  useEffect(() => {
    if (nearEnd) onEnd?.();
  }, [nearEnd, onEnd]);
  if (whole) {
    return (
      <ul>
        {items.map((item) => (
          <li key={item.id}>{children(item)}</li>
        ))}
      </ul>
    );
  }
  return (
    <ul className="relative" style={{ height: virtual.getTotalSize() }}>
      {seen.map(({ key, index, start }) => {
        const item = items[index];
        return (
          item && (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              aria-setsize={more ? -1 : items.length}
              aria-posinset={index + 1}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${start}px)` }}
            >
              {children(item)}
            </li>
          )
        );
      })}
    </ul>
  );
}

/**
 * What is above may turn out taller than estimated, and what is seen stays where it is; but putting that right would
 * break off a scroll that is under way.
 */
function isAboveAtRest(item: VirtualItem, _delta: number, list: Virtualizer<HTMLElement, Element>): boolean {
  return item.start < (list.scrollOffset ?? 0) && !list.isScrolling;
}
