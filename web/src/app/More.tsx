import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { type MORE, TAB } from "./screens";

/** The screens for which a phone has no room, behind one button. The browser opens and closes it. */
export function More({ here, screens }: { here: string; screens: readonly (typeof MORE)[number][] }) {
  const { t } = useTranslation();
  const popover = useRef<HTMLDivElement>(null);
  const among = screens.some(([to]) => to === here);
  return (
    <>
      <button
        type="button"
        popoverTarget="more"
        className={TAB}
        {...(among && { "aria-current": "page" as const })}
      >
        {t("actions.more")}
      </button>
      <div
        ref={popover}
        id="more"
        popover="auto"
        className="inset-auto top-14 max-h-[calc(100dvh-4rem)] right-2 min-w-48 rounded-xl border border-line bg-card p-1 text-ink shadow-card"
      >
        {screens.map(([to, key]) => (
          <Link
            key={to}
            to={to}
            className="flex min-h-12 items-center rounded-lg px-4 hover:bg-press-soft aria-[current=page]:font-bold"
            onClick={() => popover.current?.hidePopover()}
          >
            {t(`nav.${key}`)}
          </Link>
        ))}
      </div>
    </>
  );
}
