import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Board, Bot, Order } from "../../feed/fold";
import { useShown, useTime } from "../../feed/react";
import { Button } from "../../ui/Button";
import { Ask } from "../../ui/Dialog";
import { Switch } from "../../ui/Switch";
import { useRoomBelow } from "../../ui/toasts";
import { Vip } from "../orders/parts";
import { useWakeLock } from "../ready/television";
import { Choose } from "./Choose";
import { BACK, BigButton, DONE, OWN, useBumpBar } from "./keys";
import { useStation } from "./station";
import { useWork } from "./work";

/** A person at a screen who cooks as one bot: takes an order, cooks it, says that it is done. */
export function Station() {
  const board = useShown(({ board }) => board);
  const { bot: id, added } = useStation();
  useWakeLock();
  if (!board) return <Loading />;
  const bot = board.bots.find((it) => it.id === id);
  if (bot) return <Work key={bot.id} board={board} bot={bot} />;
  // A bot that was just added is on its way to the board.
  if (id !== null && id === added) return <Loading />;
  return <Choose board={board} removed={id !== null} />;
}

/** The shape of what comes. */
function Loading() {
  const { t } = useTranslation();
  return (
    <main aria-busy="true" className="grid grow content-start gap-4 p-4 tablet:p-8">
      <h1 className="sr-only">{t("nav.station")}</h1>
      <p className="sr-only">{t("loading")}</p>
      <div className="h-40 rounded-2xl bg-card opacity-70" />
      <div className="h-24 rounded-2xl bg-card opacity-70" />
    </main>
  );
}

function Work({ board, bot }: { board: Board; bot: Bot }) {
  const { t } = useTranslation();
  const { choose, takesItself, takeItself } = useStation();
  const { current, ready, rests, notice, take, done, giveBack } = useWork(board, bot);
  const waiting = board.pending.length;
  const [leaving, setLeaving] = useState(false);
  // The board shows it, so it is no longer on its way: if it goes, it was removed.
  useEffect(() => useStation.setState({ added: null }), []);
  const primary = () => {
    if (ready) void (current ? done() : take());
  };
  const back = () => {
    if (ready && current) void giveBack();
  };
  useBumpBar({ done: primary, back });
  const room = useRoomBelow();
  return (
    <main {...OWN} className="flex min-h-0 grow flex-col gap-3 p-3 tablet:gap-4 tablet:p-5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="font-bold text-lead">{t("bots.name", { number: bot.number })}</h1>
        <Button look="bare" onClick={() => (current ? setLeaving(true) : choose(null))}>
          {t("station.change")}
        </Button>
        <Ask
          open={leaving}
          onClose={() => setLeaving(false)}
          title={t("station.leaveTitle", { number: current?.number ?? "" })}
          what={t("station.leaveWhat")}
          confirm={t("station.change")}
          onConfirm={() => choose(null)}
        />
        <span className="grow" />
        <Switch checked={takesItself} onChange={takeItself} label={t("station.takesItself")} />
      </div>
      <div
        className={`min-h-11 rounded-xl py-2 text-body tablet:text-lead ${notice ? `px-4 font-bold ${notice.wrong ? "bg-late-soft text-late" : "bg-ready-soft text-ready"}` : ""}`}
      >
        <p role="status">{notice?.text}</p>
        {/* How many wait is no news: nobody is told each time it is another number. */}
        {!notice && current && (
          <p className="text-soft">
            {waiting > 0 ? t("station.waiting", { count: waiting }) : t("station.nothing")}
          </p>
        )}
      </div>
      {current ? <Cooking order={current} /> : <Idle waiting={waiting} byItself={takesItself && !rests} />}
      <section ref={room} aria-label={t("actions.label")} className="grid grid-cols-5 gap-3">
        {current && (
          <BigButton
            look="quiet"
            keys={BACK}
            disabled={!ready}
            onPress={back}
            className="col-span-2 max-tablet:flex-col max-tablet:gap-1"
          >
            {t("station.giveBack")}
          </BigButton>
        )}
        <BigButton
          key={current ? "done" : "take"}
          look="primary"
          keys={DONE}
          disabled={!ready || (!current && waiting === 0)}
          onPress={primary}
          className={current ? "col-span-3 max-tablet:flex-col max-tablet:gap-1" : "col-span-5"}
        >
          {t(current ? "station.done" : "station.take")}
        </BigButton>
      </section>
    </main>
  );
}

function Idle({ waiting, byItself }: { waiting: number; byItself: boolean }) {
  const { t } = useTranslation();
  const next = waiting > 0 ? "station.takeOne" : byItself ? "station.comesItself" : "station.askWhen";
  return (
    <section className="grid grow place-content-center gap-2 rounded-2xl bg-well p-6 text-center" data-idle>
      <p className="font-bold text-head tablet:text-number">
        {waiting > 0 ? t("station.waiting", { count: waiting }) : t("station.nothing")}
      </p>
      <p className="text-lead text-soft">{t(next)}</p>
    </section>
  );
}

/** The order as large as the screen allows: it is read with both hands full. */
function Cooking({ order }: { order: Order }) {
  const { t } = useTranslation();
  const vip = order.type === "VIP";
  return (
    <article
      key={order.id}
      aria-label={t("order.name", { number: order.number })}
      data-order={order.number}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled from the keyboard
      tabIndex={0}
      className={`grid min-h-0 grow animate-arrive content-start gap-4 overflow-y-auto rounded-2xl border-2 border-l-[1rem] bg-card p-4 shadow-card tablet:p-6 desk:grid-cols-[auto_1fr] desk:gap-10 wall:p-10 ${vip ? "border-vip" : "border-line"}`}
    >
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2 desk:flex-col desk:items-start desk:justify-start">
        <strong className="text-[6rem] leading-none tablet:text-[9rem] wall:text-[16rem]">
          {order.number}
        </strong>
        <div className="grid justify-items-start gap-2">
          {vip && <Vip />}
          <p className="text-soft">{t("station.cookingFor")}</p>
          <Cooked order={order} />
        </div>
      </div>
      <Wanted order={order} />
    </article>
  );
}

/** How long it has cooked, by the server's clock. */
function Cooked({ order }: { order: Order }) {
  const since = Date.parse(order.processingStartedAt ?? order.updatedAt);
  const shown = useTime((now) => {
    const seconds = Math.max(0, Math.floor((now - since) / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  });
  return (
    <time data-cooked className="font-bold text-number wall:text-hero">
      {shown}
    </time>
  );
}

function Wanted({ order }: { order: Order }) {
  const { t } = useTranslation();
  return (
    <div className="grid content-start gap-4">
      {order.note && (
        <p className="rounded-xl border-ink border-l-8 bg-well px-4 py-3 font-bold text-lead tablet:text-head wall:text-[2.75rem] wall:leading-tight">
          <span className="block font-normal text-body text-soft">{t("order.note")}</span>
          {order.note}
        </p>
      )}
      {order.lines.length === 0 && !order.note && (
        <p className="text-lead text-soft">{t("station.noLines")}</p>
      )}
      <ul className="grid gap-3 text-lead tablet:text-number wall:text-[3.25rem]">
        {order.lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name of their own and never change
          <li key={index} className="grid grid-cols-[auto_1fr] gap-x-4 leading-tight">
            <strong>{t("order.quantity", { quantity: line.quantity })}</strong>
            <span>
              {line.name}
              {line.note && (
                <span className="block text-body text-soft tablet:text-lead wall:text-number">
                  {line.note}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
