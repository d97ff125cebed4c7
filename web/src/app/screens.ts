/** The screens that people go to from the bar: first those that have room on a phone, then those that have not. */
export const FIRST = [
  ["/", "dashboard"],
  ["/order", "kiosk"],
] as const;

export const MORE = [
  ["/display", "display"],
  ["/station", "station"],
  ["/history", "history"],
  ["/settings", "settings"],
] as const;

export type To = (typeof FIRST | typeof MORE)[number][0];

/** How each of them looks in the bar. */
export const TAB =
  "grid min-h-11 place-items-center whitespace-nowrap px-2 py-1 text-soft max-[22.5rem]:px-1.5 max-[22.5rem]:text-small hover:text-ink aria-[current=page]:border-press aria-[current=page]:border-b-4 aria-[current=page]:pb-0 aria-[current=page]:font-bold aria-[current=page]:text-ink desk:px-3";
