import { Link, Navigate, Outlet, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Freshness, StaleBanner } from "../features/freshness/Freshness";
import { useShown, useTime } from "../feed/react";
import { localeOf } from "../i18n/locale";
import { useMe } from "../who/me";
import { homeOf, maySee } from "../who/rights";
import { LanguageChoice, ThemeChoice } from "./Looks";
import { More } from "./More";
import { OpenMode, Person } from "./Person";
import { Places } from "./Places";
import { FIRST, MORE, TAB } from "./screens";

const CHOICE = "hidden min-h-11 rounded-lg bg-transparent px-1 text-small hover:bg-press-soft wide:block";

/** What stands around every screen that people work at. */
export function Shell() {
  const { t } = useTranslation();
  const here = useLocation({ select: ({ pathname }) => pathname });
  const name = useShown(({ board }) => board?.restaurant.name ?? "FeedMe");
  const me = useMe((state) => state.me);
  const more = MORE.filter(([to]) => maySee(me, to));
  return (
    <div className="flex h-dvh flex-col low:h-auto low:min-h-dvh print:block print:h-auto">
      <StaleBanner />
      <header className="flex flex-wrap items-center print:hidden gap-x-1 border-line border-b bg-card px-2 tablet:gap-x-3 tablet:px-4">
        <Places name={name} />
        <nav aria-label={t("nav.label")} className="flex flex-wrap">
          {FIRST.filter(([to]) => maySee(me, to)).map(([to, key]) => (
            <Link key={to} to={to} className={TAB}>
              {t(`nav.${key}`)}
            </Link>
          ))}
          {more.map(([to, key]) => (
            <Link key={to} to={to} className={`${TAB} max-desk:hidden`}>
              {t(`nav.${key}`)}
            </Link>
          ))}
          {more.length > 0 && (
            <div className="grid desk:hidden">
              <More here={here} screens={more} />
            </div>
          )}
        </nav>
        <span className="grow" />
        <LanguageChoice className={CHOICE} />
        <ThemeChoice className={CHOICE} />
        <Freshness />
        <WallClock />
        <Person />
      </header>
      <OpenMode />
      {me?.mustEnrol && here !== "/account" ? (
        <Navigate to="/account" replace />
      ) : me && !maySee(me, here) ? (
        <NotYours home={homeOf(me.role)} here={here} />
      ) : (
        <Outlet />
      )}
    </div>
  );
}

/** Who begins at a screen that they do not have begins at their own. */
function NotYours({ home, here }: { home: ReturnType<typeof homeOf>; here: string }) {
  const { t } = useTranslation();
  if (here === "/") return <Navigate to={home} replace />;
  return (
    <main className="grid grow place-content-center justify-items-center gap-4 p-6 text-center">
      <h1 className="text-lead">{t("notYours")}</h1>
      <Link to={home} className="min-h-11 font-bold text-press underline underline-offset-4">
        {t("goHome")}
      </Link>
    </main>
  );
}

/** The server's time of day: the one that counts. */
export function WallClock({ className = "" }: { className?: string }) {
  const { i18n } = useTranslation();
  const shown = useTime((now) => {
    const format: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
    return new Date(now).toLocaleTimeString(localeOf(i18n.language), format);
  });
  return <span className={`hidden font-bold tablet:inline ${className}`}>{shown}</span>;
}
