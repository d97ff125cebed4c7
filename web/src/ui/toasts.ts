/** What the app says in passing. */
import { type RefCallback, useCallback } from "react";
import { create } from "zustand";

export interface Said {
  text: string;
  /** Something went wrong: it stays until somebody has read it and closes it. */
  wrong?: boolean;
  /** It waits until somebody answers. */
  stays?: boolean;
  /** What can be done about it, for as long as {@link UNDO_MS} unless it says otherwise. */
  action?: { label: string; run: () => void; forMs?: number };
}

/** The server takes a cancellation back for a minute. */
export const UNDO_MS = 60_000;

/** What was said and is not shown yet: whoever shows it may still be on its way. */
export const useUnsaid = create<{ readonly unsaid: readonly Said[] }>(() => ({ unsaid: [] }));

/** Says something for a moment, for eyes and for screen readers. */
export function say(said: Said): void {
  useUnsaid.setState(({ unsaid }) => ({ unsaid: [...unsaid, said] }));
}

/**
 * Keeps what is said off the controls at the bottom of a screen: the answer is for the element that holds them. On a low
 * screen they scroll, and messages are at the top.
 */
export function useRoomBelow(): RefCallback<HTMLElement> {
  return useCallback((controls: HTMLElement | null) => {
    if (!controls) return;
    const { style } = document.documentElement;
    const observer = new ResizeObserver(() => style.setProperty(ROOM, `${controls.offsetHeight}px`));
    observer.observe(controls);
    return () => {
      observer.disconnect();
      style.removeProperty(ROOM);
    };
  }, []);
}

const ROOM = "--room-below";
