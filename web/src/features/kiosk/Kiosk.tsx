import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Board, Order } from "../../feed/fold";
import { useShown } from "../../feed/react";
import type { OrderType } from "../../outbox/outbox";
import { Button } from "../../ui/Button";
import { Cross, Crown } from "../../ui/icons";
import { useMe } from "../../who/me";
import { may, type Right } from "../../who/rights";
import { place, useSending } from "../board/actions";
import { Progress } from "../orders/Progress";
import { CookingSymbol, Left } from "../orders/parts";
import { Sending } from "../orders/Sending";
import { useGone } from "./gone";
import { type Mine, useMine } from "./mine";
import { usePlace } from "./place";

/** How long a button rests after a tap: a second tap of the same finger comes within half of it. */
const REST_MS = 1_000;

const KINDS = [
  { type: "NORMAL", key: "normal", look: "primary", right: "placeNormal" },
  { type: "VIP", key: "vip", look: "vip", right: "placeVip" },
] as const satisfies readonly { type: OrderType; right: Right; [more: string]: string }[];

/** A customer orders with one tap and follows it until it is ready. */
export function Kiosk() {
  const { t } = useTranslation();
  const board = useShown(({ board }) => board);
  const me = useMe((state) => state.me);
  const mine = useMine((state) => state.mine);
  const sending = useSending((state) => state.sending.length);
  const open = board?.settings.acceptingOrders ?? true;
  const [rests, setRests] = useState<OrderType | null>(null);
  // A finger that taps twice wants one order.
  const order = (type: OrderType) => {
    if (rests === type) return;
    setRests(type);
    setTimeout(() => setRests(null), REST_MS);
    void place(type, true);
  };
  return (
    <main className="mx-auto grid w-full max-w-3xl grow content-start gap-6 overflow-y-auto p-4 tablet:p-8 wall:max-w-6xl wall:gap-10 wall:pt-16">
      <h1 className="font-bold text-head tablet:text-number wall:text-hero">{t("kiosk.title")}</h1>
      {!open && <p className="rounded-xl bg-late-soft px-4 py-3 font-bold text-late">{t("kiosk.paused")}</p>}
      <div className="grid auto-cols-fr gap-3 tablet:grid-flow-col">
        {KINDS.filter(({ right }) => may(me, right)).map(({ type, key, look }) => (
          <Button
            key={type}
            look={look}
            className="min-h-24 text-head tablet:min-h-32 wall:min-h-48 wall:text-[2.75rem]"
            disabled={!open}
            onClick={() => order(type)}
          >
            {type === "VIP" && <Crown />}
            {t(`kiosk.${key}`)}
          </Button>
        ))}
      </div>
      <section aria-label={t("kiosk.yours")} className="grid gap-3">
        <h2 className="font-bold text-lead wall:text-number">{t("kiosk.yours")}</h2>
        {mine.length + sending === 0 && <p className="text-soft">{t("kiosk.none")}</p>}
        <Sending />
        <ul className="grid gap-3">
          {mine.map((it) => (
            <li key={it.id}>
              <Followed mine={it} board={board} />
            </li>
          ))}
        </ul>
      </section>
    </main>
  );
}

function found(board: Board | null, id: string): Order | undefined {
  const is = (order: Order) => order.id === id;
  return board?.pending.find(is) ?? board?.processing.find(is) ?? board?.complete.find(is);
}

function Followed({ mine, board }: { mine: Mine; board: Board | null }) {
  const { t } = useTranslation();
  const forget = useMine((state) => state.forget);
  const shown = found(board, mine.id);
  const gone = useGone(mine.id, shown, board);
  const order = shown ?? gone;
  const ready = shown?.status === "COMPLETE" && !shown.collectedAt;
  return (
    <article
      aria-label={t("order.name", { number: mine.number })}
      data-order={mine.number}
      data-status={order?.status ?? "GONE"}
      className={`flex items-center gap-5 rounded-2xl border-2 px-5 py-4 shadow-card ${ready ? "border-ready bg-ready-soft text-ready" : "border-line bg-card"}`}
    >
      <strong className="text-hero">{mine.number}</strong>
      <div className="grid grow gap-2">
        <Said order={order} number={mine.number} />
        <p className="font-bold text-lead wall:text-number">
          <Where order={order} board={board} />
        </p>
        {order?.status === "PROCESSING" && (
          <>
            <Progress order={order} />
            <span className="text-small text-soft">
              <Left order={order} />
            </span>
          </>
        )}
      </div>
      {order?.status === "PROCESSING" && (
        <span className="text-hero">
          <CookingSymbol order={order} />
        </span>
      )}
      {(!order || order.collectedAt || order.status === "CANCELLED") && (
        <Button
          look="bare"
          aria-label={t("kiosk.forget", { number: mine.number })}
          onClick={() => forget(mine.id)}
        >
          <Cross />
        </Button>
      )}
    </article>
  );
}

/** Tells a screen reader what a customer waits for, and not every step of a queue. */
function Said({ order, number }: { order: Order | undefined; number: number }) {
  const { t } = useTranslation();
  const ready = order?.status === "COMPLETE" && !order.collectedAt;
  const said = ready
    ? t("said.ready", { number })
    : order?.status === "CANCELLED" && t("said.cancelled", { number });
  return (
    <span role="status" className="sr-only">
      {said}
    </span>
  );
}

function Where({ order, board }: { order: Order | undefined; board: Board | null }) {
  const { t } = useTranslation();
  if (!board) return t("loading");
  if (!order) return t("kiosk.left");
  if (order.status === "CANCELLED") return t("kiosk.cancelled");
  if (order.status === "PROCESSING") return t("kiosk.cooking");
  if (order.status === "COMPLETE") {
    if (order.collectedAt) return t("kiosk.collected");
    return t(board.complete.includes(order) ? "kiosk.ready" : "kiosk.left");
  }
  return <Queued order={order} board={board} />;
}

function Queued({ order, board }: { order: Order; board: Board }) {
  const { t } = useTranslation();
  const place = usePlace(order, board);
  if (place === null) return t("kiosk.queued");
  return place === 1 ? t("kiosk.next") : t("kiosk.place", { place });
}
