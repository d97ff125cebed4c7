import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { WallClock } from "../../app/Shell";
import { useWallTheme } from "../../app/theme";
import { useUpdate } from "../../app/update";
import type { Order } from "../../feed/fold";
import { useFeed, useShown, useTime } from "../../feed/react";
import { Crown, Sound } from "../../ui/icons";
import { Travel } from "../../ui/Travel";
import { Freshness, StaleBanner, useStaleFor } from "../freshness/Freshness";
import { fitting, widest } from "./fit";
import { useLatest } from "./latest";
import { chime, useWakeLock } from "./television";

/** How long each of several pages is shown. */
const PAGE_MS = 8_000;

const NONE: readonly Order[] = [];

/** For a television: whose turn it is. */
export function ReadyBoard() {
  const { t } = useTranslation();
  const [sound, setSound] = useState(false);
  const board = useShown(({ board }) => board);
  const { clock } = useFeed();
  const update = useUpdate((state) => state.update);
  const stale = useStaleFor() !== null;
  const main = useRef<HTMLElement>(null);
  const { pending = NONE, processing = NONE, complete = NONE } = board ?? {};
  const ready = useMemo(() => complete.filter((order) => order.collectedAt === null), [complete]);
  const latest = useLatest(board && ready);
  useWakeLock();
  useWallTheme();
  useChime(latest, sound);
  return (
    <div className="flex h-dvh flex-col">
      <StaleBanner />
      <p role="status" className="sr-only">
        {latest && t("said.ready", { number: latest.number })}
      </p>
      <main
        ref={main}
        className={`grid min-h-0 grow grid-rows-[minmax(0,1fr)_minmax(0,1fr)] tablet:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] tablet:grid-rows-1 ${stale ? "grayscale" : ""}`}
      >
        <h1 className="sr-only">{t("nav.display")}</h1>
        <Travel of={board} within={main} clock={clock}>
          <Numbers
            kind="preparing"
            orders={[...processing, ...pending]}
            calm={t(board ? "display.calm" : "loading")}
          />
          <Numbers kind="ready" orders={ready} calm={t(board ? "display.calmReady" : "loading")} />
        </Travel>
      </main>
      <footer className="flex items-center gap-2 border-line border-t bg-card px-3 text-soft">
        <Link to="/" className="grid min-h-11 place-items-center px-2">
          FeedMe
        </Link>
        {board?.settings.acceptingOrders === false && (
          <strong className="text-late">{t("kiosk.paused")}</strong>
        )}
        <span className="grow" />
        {update && (
          <button
            type="button"
            className="min-h-11 rounded-lg px-3 text-press hover:bg-press-soft"
            onClick={update}
          >
            {t("update.there")} {t("update.use")}
          </button>
        )}
        <button
          type="button"
          aria-pressed={sound}
          className="inline-flex min-h-11 min-w-11 items-center gap-2 rounded-lg px-3 hover:bg-press-soft aria-pressed:text-ready"
          onClick={() => {
            setSound(!sound);
            if (!sound) chime();
          }}
        >
          <Sound />
          <span className="max-tablet:sr-only">{t(sound ? "display.soundOn" : "display.sound")}</span>
        </button>
        <button
          type="button"
          className="min-h-11 rounded-lg px-3 hover:bg-press-soft max-tablet:hidden"
          onClick={() => void document.documentElement.requestFullscreen?.()}
        >
          {t("display.full")}
        </button>
        <Freshness />
        <WallClock className="text-lead" />
      </footer>
    </div>
  );
}

interface Props {
  kind: "preparing" | "ready";
  orders: readonly Order[];
  calm: string;
}

function Numbers({ kind, orders, calm }: Props) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  const { size, across, fit } = useFit(list, orders);
  // When there are more than fit they take turns, so that everybody sees theirs.
  const pages = Math.max(1, Math.ceil(orders.length / fit));
  const page = useTime((now) => Math.floor(now / PAGE_MS) % pages);
  const shown = orders.slice(page * fit, (page + 1) * fit);
  const title = t(`display.${kind}`);
  const tone = TONES[kind];
  return (
    <section
      aria-label={title}
      data-column={kind}
      className={`flex min-h-0 flex-col p-4 wall:p-8 ${kind === "ready" ? "bg-ready-soft" : "bg-page"} ${tone}`}
    >
      <h2 data-travels-to={kind} className="self-start font-bold text-head wall:text-hero">
        {title}
      </h2>
      {orders.length === 0 && <p className="mt-4 text-lead text-soft wall:text-head">{calm}</p>}
      <ul
        ref={list}
        className="mt-3 grid min-h-0 grow content-start overflow-hidden font-bold leading-[1.15]"
        style={{ gridTemplateColumns: `repeat(${across}, minmax(0, 1fr))` }}
      >
        {shown.map((order) => (
          <li
            key={order.id}
            data-order={order.number}
            data-travels={order.id}
            data-since={order.updatedAt}
            className={`inline-flex items-center gap-[0.12em] ${tone}`}
            style={{ fontSize: size }}
          >
            {order.number}
            {order.type === "VIP" && (
              <>
                <Crown className="size-[0.4em] text-vip-ink" />
                <span className="sr-only">{t("order.vip")}</span>
              </>
            )}
          </li>
        ))}
      </ul>
      {pages > 1 && (
        <p className="text-lead text-soft wall:text-head">{t("display.page", { page: page + 1, pages })}</p>
      )}
    </section>
  );
}

const TONES = { preparing: "text-ink", ready: "text-ready" } as const;

/** How large the numbers are in the room that there is. */
function useFit(list: React.RefObject<HTMLElement | null>, orders: readonly Order[]) {
  const [area, setArea] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const observer = new ResizeObserver(() =>
      setArea({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [list]);
  return fitting(area, widest(orders), orders.length);
}

function useChime(latest: Order | null, sound: boolean) {
  const heard = useRef(latest);
  useEffect(() => {
    if (latest === heard.current) return;
    heard.current = latest;
    if (sound) chime();
  }, [latest, sound]);
}
