/** The feed, for components. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { Feed, View } from "./feed";

export const FeedContext = createContext<Feed | null>(null);

export function useFeed(): Feed {
  const feed = useContext(FeedContext);
  if (!feed) throw new Error("a feed is needed above this component");
  return feed;
}

export function useView(): View {
  const feed = useFeed();
  return useSyncExternalStore(feed.subscribe, feed.view);
}

/** A part of the view: the component draws anew only when that part is another. */
export function useShown<T>(part: (view: View) => T): T {
  const feed = useFeed();
  return useSyncExternalStore(feed.subscribe, () => part(feed.view()));
}

/** How often times are looked at. Nobody sees a fifth of a second. */
const TICK_MS = 200;

const watchers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  ticking ??= setInterval(() => {
    for (const each of watchers) each();
  }, TICK_MS);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** Something that follows from the server's time. The component draws anew only when it is another. */
export function useTime<T extends string | number | boolean | null>(of: (now: number) => T): T {
  const { clock } = useFeed();
  return useSyncExternalStore(subscribe, () => of(clock.now()));
}
