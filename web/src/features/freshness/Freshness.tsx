import { useState } from "react";
import { useTranslation } from "react-i18next";
import { secondsInWords } from "../../app/time";
import { STALE_MS } from "../../feed/feed";
import { useFeed, useTime, useView } from "../../feed/react";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

/**
 * How long a page that was just opened waits for its first answer before it says how old the board is that it kept:
 * less than two seconds with the fifth of a second in which times are looked at.
 */
const FIRST_ANSWER_MS = 1_750;

/** How long ago the server confirmed what is shown; `null` while it has not, or while that is recent enough. */
export function useStaleFor(): number | null {
  const { confirmedAt } = useView();
  const { clock } = useFeed();
  const opened = confirmedAt ?? clock.openedAt;
  return useTime((now) => {
    if (now - clock.openedAt < FIRST_ANSWER_MS) return null;
    const age = now - opened;
    // A board from this device's memory, and only this device's clock to tell its age: that may be wrong by any amount.
    if (!clock.known && confirmedAt !== null) return Math.max(0, Math.floor(age / 1000) * 1000);
    return age > STALE_MS ? Math.floor(age / 1000) * 1000 : null;
  });
}

/** Each of another shape, too: a phone has room for nothing else. */
const SIGNS = {
  live: "size-2.5 rounded-full bg-ready",
  slow: "size-2.5 rotate-45 bg-vip",
  stale: "size-3.5 bg-too-late [clip-path:polygon(50%_0,100%_100%,0_100%)]",
} as const;

/** Says in a word how the board comes in, and everything about it when asked. */
export function Freshness() {
  const { t } = useTranslation();
  const { link } = useView();
  const stale = useStaleFor() !== null;
  const [open, setOpen] = useState(false);
  const sign = stale || link === "away" ? "stale" : link === "live" ? "live" : "slow";
  return (
    <>
      <button
        type="button"
        data-link={link}
        data-stale={stale}
        className="inline-flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-lg border border-transparent px-2 text-small hover:bg-press-soft"
        onClick={() => setOpen(true)}
      >
        <span data-sign={sign} className={`paint shrink-0 ${SIGNS[sign]}`} aria-hidden="true" />
        <span className="max-tablet:sr-only">{t(`fresh.${stale && link === "live" ? "away" : link}`)}</span>
      </button>
      <Details open={open} onClose={() => setOpen(false)} />
    </>
  );
}

function Details({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onClose={onClose} title={t("fresh.title")}>
      <Facts />
    </Dialog>
  );
}

function Facts() {
  const { t } = useTranslation();
  const feed = useFeed();
  const { board, link, confirmedAt, role } = useView();
  const age = useTime((now) =>
    confirmedAt === null ? null : Math.max(0, Math.floor((now - confirmedAt) / 1000)) * 1000,
  );
  const comes = {
    live: "linkLive",
    polling: "linkPolling",
    connecting: "linkAway",
    away: "linkAway",
  } as const;
  const tab = { alone: "tabAlone", leader: "tabLeader", follower: "tabFollower" } as const;
  const facts = [
    [t("fresh.version"), board ? String(board.version) : "–"],
    [t("fresh.confirmed"), age === null ? "–" : t("fresh.ago", { age: secondsInWords(t, age) })],
    [t("fresh.link"), t(`fresh.${comes[link]}`)],
    [t("fresh.tab"), t(`fresh.${tab[role]}`)],
  ];
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-body">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="font-bold">{value}</dd>
          </div>
        ))}
      </dl>
      {!globalThis.isSecureContext && <p className="text-small text-soft">{t("fresh.insecure")}</p>}
      {link !== "live" && (
        <div>
          <Button onClick={() => feed.hurry()}>{t("fresh.retry")}</Button>
        </div>
      )}
    </>
  );
}

/** Across the whole screen as soon as what is shown may be behind. */
export function StaleBanner() {
  const { t } = useTranslation();
  const { confirmedAt } = useView();
  const feed = useFeed();
  const stale = useStaleFor();
  const said =
    confirmedAt === null || (stale ?? 0) <= STALE_MS
      ? t("fresh.never")
      : t("fresh.stale", { age: secondsInWords(t, stale ?? 0) });
  return (
    <>
      {/* Said once when it begins, not every second. Readers tell only of what changes in a place they know. */}
      <p role="status" className="sr-only">
        {stale !== null && t("fresh.away")}
      </p>
      {stale !== null && (
        <section
          aria-label={t("fresh.title")}
          className="flex flex-wrap items-center justify-center gap-x-4 border-b border-transparent bg-too-late px-4 py-2 font-bold text-card text-lead"
        >
          <span data-banner="stale">{said}</span>
          <button
            type="button"
            className="min-h-11 rounded-lg px-3 underline underline-offset-4"
            onClick={() => feed.hurry()}
          >
            {t("fresh.retry")}
          </button>
        </section>
      )}
    </>
  );
}
