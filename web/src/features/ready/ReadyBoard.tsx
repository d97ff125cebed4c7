import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { WallClock } from "../../app/Shell";
import { useWallTheme } from "../../app/theme";
import type { Order } from "../../feed/fold";
import { useFeed, useShown } from "../../feed/react";
import { Crown, Sound } from "../../ui/icons";
import { Travel } from "../../ui/Travel";
import { Freshness, StaleBanner, useStaleFor } from "../freshness/Freshness";
import { chime, useWakeLock } from "./television";

const NONE: readonly Order[] = [];

/** For a television: whose turn it is. */
export function ReadyBoard() {
  const { t } = useTranslation();
  const [sound, setSound] = useState(false);
  const board = useShown(({ board }) => board);
  const { clock } = useFeed();
  const stale = useStaleFor() !== null;
  const main = useRef<HTMLElement>(null);
  const { pending = NONE, processing = NONE, complete = NONE } = board ?? {};
  const ready = complete.filter((order) => order.collectedAt === null);
  useWakeLock();
  useWallTheme();
  useChime(ready, sound);
  return (
    <div className="flex h-dvh flex-col">
      <StaleBanner />
      <main
        ref={main}
        className={`grid min-h-0 grow grid-rows-[1fr_1fr] tablet:grid-cols-[2fr_3fr] tablet:grid-rows-1 ${stale ? "grayscale" : ""}`}
      >
        <Travel of={board} within={main} clock={clock}>
          <Numbers kind="preparing" orders={[...processing, ...pending]} calm={t("display.calm")} />
          <Numbers kind="ready" orders={ready} calm={t("display.calmReady")} />
        </Travel>
      </main>
      <footer className="flex items-center gap-2 border-line border-t bg-card px-3 text-soft">
        <Link to="/" className="grid min-h-11 place-items-center px-2">
          FeedMe
        </Link>
        <span className="grow" />
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
  const shown = orders.slice(0, fit);
  const title = t(`display.${kind}`);
  const tone = TONES[kind];
  return (
    <section
      aria-label={title}
      data-column={kind}
      className={`flex min-h-0 flex-col p-4 wall:p-8 ${kind === "ready" ? "bg-ready-soft" : "bg-page"} ${tone}`}
    >
      <h1 data-travels-to={kind} className="self-start font-bold text-head wall:text-hero">
        {title}
      </h1>
      {orders.length === 0 && <p className="mt-4 text-lead text-soft wall:text-head">{calm}</p>}
      <ul
        ref={list}
        className="mt-3 grid min-h-0 grow content-start overflow-hidden font-bold leading-[1.15]"
        style={{ gridTemplateColumns: `repeat(${across}, 1fr)` }}
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
      {orders.length > fit && (
        <p className="text-lead text-soft wall:text-head">
          {t("display.more", { count: orders.length - fit })}
        </p>
      )}
    </section>
  );
}

const TONES = { preparing: "text-ink", ready: "text-ready" } as const;

/** Sizes in pixels, from what one order deserves to the least that is read across a room. */
const SIZES = [420, 340, 280, 220, 180, 150, 120, 96];
const SMALL_SIZES = [160, 132, 110, 88, 72, 56, 48];

/** The largest size at which all numbers stand in rows and columns, and how many fit at the smallest. */
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
  const sizes = area.width < 700 ? SMALL_SIZES : SIZES;
  // In widths of a letter: the digits, the crown beside them, and the space to the next.
  const widest = Math.max(
    1,
    ...orders.map(({ number, type }) => wide(number) + (type === "VIP" ? CROWN : 0)),
  );
  const at = (size: number) => {
    const across = Math.max(1, Math.floor((area.width + GAP * size) / (size * (widest + GAP))));
    return { size, across, fit: across * Math.max(1, Math.floor(area.height / (size * LINE))) };
  };
  return sizes.map(at).find(({ fit }) => fit >= orders.length) ?? at(sizes.at(-1) ?? 96);
}

/** Parts of the size of the letters. */
const [DIGIT, CROWN, GAP, LINE] = [0.62, 0.52, 0.3, 1.15];

function wide(number: number): number {
  return String(number).length * DIGIT;
}

function useChime(ready: readonly Order[], sound: boolean) {
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    const before = known.current;
    known.current = new Set(ready.map((order) => order.id));
    if (before && sound && ready.some((order) => !before.has(order.id))) chime();
  }, [ready, sound]);
}
