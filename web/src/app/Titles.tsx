import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useShown } from "../feed/react";
import { FIRST, MORE } from "./screens";

const OTHERS = [
  ["/account", "account"],
  ["/people", "people"],
  ["/devices", "devices"],
  ["/audit", "audit"],
  ["/chain", "chain"],
  ["/sign-in", "signIn"],
  ["/set-up", "setUp"],
  ["/pair", "pair"],
] as const;

const NAMES = new Map<string, (typeof FIRST | typeof MORE | typeof OTHERS)[number][1]>(
  [...FIRST, ...MORE, ...OTHERS].map(([path, name]) => [path, name]),
);

/** Says in the title and on the icon of the tab which screen this is, whose, and how many wait. */
export function Titles() {
  const { t } = useTranslation();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const restaurant = useShown(({ board }) => board?.restaurant.name ?? "FeedMe");
  const waiting = useShown(({ board }) => board?.pending.length ?? 0);
  const name = NAMES.get(path);
  const screen = name ? t(`nav.${name}`) : t("notFoundTitle");
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ""}${screen} · ${restaurant}`;
  }, [waiting, screen, restaurant]);
  useEffect(() => showOnIcon(waiting), [waiting]);
  return null;
}

/** Draws how many wait onto the icon of the tab. */
function showOnIcon(waiting: number): void {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (!icon) return;
  if (waiting === 0) {
    icon.href = "/icon.svg";
    return;
  }
  const text = waiting > 99 ? "99+" : String(waiting);
  const size = text.length > 2 ? 26 : 36;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#1c1917"/><text x="32" y="45" font-family="sans-serif" font-weight="700" font-size="${size}" fill="#fdba5a" text-anchor="middle">${text}</text></svg>`;
  icon.href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
