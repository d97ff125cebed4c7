/** Keys that act alone, without Ctrl or Alt: for those who want them, on this device. */
import { useEffect } from "react";
import { create } from "zustand";
import { keep, kept } from "../app/storage";

const STORED = "feedme:shortcuts";

interface State {
  /** Who steers by voice or hits keys by accident switches them off. */
  readonly on: boolean;
  switchTo: (on: boolean) => void;
}

export const useShortcutChoice = create<State>((set) => ({
  on: kept(STORED) !== "off",
  switchTo: (on) => {
    set({ on });
    keep(STORED, on ? "on" : "off");
  },
}));

/** Has keys act while nobody types and no dialog is open. */
export function useShortcuts(keys: Record<string, () => void>) {
  const on = useShortcutChoice((state) => state.on);
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      const { target } = event;
      const busy =
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        event.repeat ||
        (target instanceof HTMLElement &&
          target.closest("input, select, textarea, [role=dialog], [role=alertdialog]"));
      const act = keys[event.key.toLowerCase()];
      if (busy || !act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });
}
