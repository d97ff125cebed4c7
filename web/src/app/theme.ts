import { useEffect } from "react";
import { create } from "zustand";
import { keep, kept } from "./storage";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORED = "feedme:theme";
const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");

function stored(): Theme {
  const word = kept(STORED);
  return THEMES.find((theme) => theme === word) ?? "system";
}

export const useTheme = create<{ theme: Theme; choose: (theme: Theme) => void }>((set) => ({
  theme: stored(),
  choose: (theme) => {
    set({ theme });
    keep(STORED, theme);
    show(theme);
  },
}));

/** Whether what is shown hangs on a wall. */
let onWall = false;

function show(theme: Theme): void {
  const seen = theme === "system" ? (onWall || dark?.matches ? "dark" : "light") : theme;
  document.documentElement.dataset.theme = seen;
}

/** For a screen on a wall: dark, unless something else was chosen on it. Few televisions say what they prefer. */
export function useWallTheme(): void {
  useEffect(() => {
    const look = (wall: boolean) => {
      onWall = wall;
      show(useTheme.getState().theme);
    };
    look(true);
    return () => look(false);
  }, []);
}

/** Shows the theme of the device, or the one chosen on it, and follows the device. */
export function startTheme(): void {
  show(useTheme.getState().theme);
  dark?.addEventListener("change", () => show(useTheme.getState().theme));
}
