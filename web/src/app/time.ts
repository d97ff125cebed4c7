import type { TFunction } from "i18next";

/** How long ago, in words that change seldom: "just now", "3 min", "2 h". */
export function ageInWords(t: TFunction, ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t("age.now");
  if (minutes < 60) return t("age.minutes", { count: minutes });
  return t("age.hours", { count: Math.floor(minutes / 60) });
}

/** A short span, counted in seconds. */
export function secondsInWords(t: TFunction, ms: number): string {
  return t("age.seconds", { count: Math.max(0, Math.ceil(ms / 1000)) });
}
