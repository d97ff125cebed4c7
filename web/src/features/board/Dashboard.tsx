import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Board, Bot } from "../../feed/fold";
import { useFeed, useShown } from "../../feed/react";
import { Button, Key } from "../../ui/Button";
import { Ask, Dialog } from "../../ui/Dialog";
import { Broom, Crown, Minus, Pause, Play, Plus } from "../../ui/icons";
import { KeepFocus } from "../../ui/KeepFocus";
import { useShortcutChoice, useShortcuts } from "../../ui/shortcuts";
import { Travel } from "../../ui/Travel";
import { say, useRoomBelow } from "../../ui/toasts";
import { useMe } from "../../who/me";
import { may } from "../../who/rights";
import { Fleet } from "../bots/Fleet";
import { Column } from "../orders/Column";
import { Sending } from "../orders/Sending";
import { useLatest } from "../ready/latest";
import { addBot, clearAll, place, removeBot, removeNewestBot, takeOrders, useSending } from "./actions";

/** So many bots stand beside the actions on a wall; more take the whole width. */
const BESIDE_MAX = 4;

const COLUMNS = ["pending", "processing", "complete"] as const;

export function Dashboard() {
  const board = useShown(({ board }) => board);
  const known = useMe(({ me }) => me !== null);
  return board && known ? <Kitchen board={board} /> : <Loading />;
}

/** The shape of what comes. */
function Loading() {
  const { t } = useTranslation();
  return (
    <main aria-busy="true" className="grid grow gap-3 p-3 tablet:grid-cols-3">
      <h1 className="sr-only">{t("nav.dashboard")}</h1>
      <p className="sr-only">{t("loading")}</p>
      {COLUMNS.map((column, index) => (
        <div key={column} className={`rounded-2xl bg-well p-3 ${index > 0 ? "hidden tablet:block" : ""}`}>
          {[0, 1, 2].map((row) => (
            <div key={row} className="mb-2 h-16 rounded-xl bg-card opacity-70" />
          ))}
        </div>
      ))}
    </main>
  );
}

function Kitchen({ board }: { board: Board }) {
  const { t } = useTranslation();
  const [chosen, choose] = useState<(typeof COLUMNS)[number]>("pending");
  const { pending, processing, complete, settings } = board;
  const { clock } = useFeed();
  const sending = useSending((state) => state.sending.length > 0);
  const main = useRef<HTMLElement>(null);
  const room = useRoomBelow();
  const bots = useMemo(() => new Map(board.bots.map((bot) => [bot.id, bot])), [board.bots]);
  return (
    <main ref={main} className="flex min-h-0 grow flex-col gap-2 p-2 tablet:gap-3 tablet:p-3">
      <h1 className="sr-only">{t("nav.dashboard")}</h1>
      {!settings.acceptingOrders && (
        <p className="rounded-xl bg-late-soft px-4 py-2 text-center font-bold text-late">{t("paused")}</p>
      )}
      <fieldset
        aria-label={t("nav.dashboard")}
        className="grid min-w-0 shrink-0 grid-cols-3 gap-1 rounded-xl bg-well p-1 tablet:hidden"
      >
        {COLUMNS.map((column) => (
          <button
            key={column}
            type="button"
            data-travels-to={column}
            aria-pressed={chosen === column}
            className="min-h-11 rounded-lg text-body aria-pressed:bg-card aria-pressed:font-bold aria-pressed:shadow-card forced-colors:aria-pressed:forced-color-adjust-none forced-colors:aria-pressed:bg-[Highlight] forced-colors:aria-pressed:text-[HighlightText]"
            onClick={() => choose(column)}
          >
            {t(`column.${column}`)} <strong>{board[column].length}</strong>
          </button>
        ))}
      </fieldset>
      <Travel of={board} within={main} clock={clock}>
        <KeepFocus>
          <div className="grid min-h-0 grow gap-3 tablet:grid-cols-3 low:h-[max(12rem,80dvh)] low:shrink-0 low:grow-0">
            <Column
              kind="pending"
              orders={pending}
              chosen={chosen === "pending"}
              before={sending && <Sending />}
            />
            <Column kind="processing" orders={processing} bots={bots} chosen={chosen === "processing"} />
            <Column kind="complete" orders={complete} chosen={chosen === "complete"} />
          </div>
        </KeepFocus>
      </Travel>
      <div
        ref={room}
        className={`flex flex-col gap-2 tablet:gap-3 ${board.bots.length <= BESIDE_MAX ? "wall:flex-row wall:items-end" : ""}`}
      >
        <div className="min-w-0 grow">
          <Fleet
            bots={board.bots}
            processing={processing}
            next={settings.policy.kind === "strict" ? pending[0] : undefined}
          />
        </div>
        <Actions board={board} />
      </div>
      <Ready complete={complete} />
    </main>
  );
}

function Actions({ board }: { board: Board }) {
  const { t } = useTranslation();
  const [asking, ask] = useState<"clear" | "remove" | "help" | null>(null);
  const { pending, processing, complete, settings } = board;
  const me = useMe((state) => state.me);
  const [normal, vip, manages] = [may(me, "placeNormal"), may(me, "placeVip"), may(me, "manage")];
  const newest = board.bots[0];
  const cookedBy = (bot: Bot | undefined) => bot && processing.find((order) => order.botId === bot.id);
  const held = cookedBy(newest);
  const [leaving, setLeaving] = useState<Bot | undefined>();
  const goesBack = cookedBy(leaving);
  const remove = () => {
    if (held) {
      setLeaving(newest);
      ask("remove");
    } else if (newest) void removeNewestBot();
  };
  // Bots came or went elsewhere: what was asked is no longer what would be done.
  const outdated = asking === "remove" && leaving?.id !== newest?.id;
  useEffect(() => {
    if (!outdated) return;
    ask(null);
    say({ text: t("bots.removeOutdated", { bot: leaving?.number }) });
  }, [outdated, leaving, t]);
  const shortcuts = useShortcutChoice((state) => state.on);
  const keys = {
    ...(normal && { n: () => void place("NORMAL") }),
    ...(vip && { v: () => void place("VIP") }),
    ...(manages && { "+": () => void addBot(), "-": remove }),
    "?": () => ask("help"),
  };
  // A dialog that was asked for may still be on its way: what is typed meanwhile is meant for it.
  useShortcuts(asking === null ? keys : {});
  const active = pending.length + processing.length;
  const close = () => ask(null);
  return (
    <section
      aria-label={t("actions.label")}
      className="grid grid-cols-4 items-center gap-2 tablet:flex tablet:justify-end"
    >
      <div className="col-span-4 flex gap-2 tablet:mr-auto wall:mr-0">
        {normal && (
          <Button look="primary" shortcut="n" className="grow" onClick={() => void place("NORMAL")}>
            {t("actions.newNormal")}
          </Button>
        )}
        {vip && (
          <Button look="vip" shortcut="v" className="grow" onClick={() => void place("VIP")}>
            <Crown />
            {t("actions.newVip")}
          </Button>
        )}
      </div>
      {manages && (
        <>
          <Button shortcut="+" aria-label={t("bots.addLabel")} onClick={() => void addBot()}>
            <Plus />
            {t("bots.add")}
          </Button>
          <Button
            shortcut="-"
            aria-label={t("bots.removeLabel")}
            title={
              newest && held
                ? t("bots.removeBusy", { bot: newest.number, order: held.number })
                : t("bots.removeLabel")
            }
            disabled={!newest}
            onClick={remove}
          >
            <Minus />
            {t("bots.remove")}
          </Button>
          <Button onClick={() => void takeOrders(!settings.acceptingOrders)}>
            {settings.acceptingOrders ? <Pause /> : <Play />}
            <span className="max-desk:sr-only">
              {t(settings.acceptingOrders ? "actions.pause" : "actions.resume")}
            </span>
          </Button>
          <Button disabled={active + complete.length === 0} onClick={() => ask("clear")}>
            <Broom />
            <span className="max-desk:sr-only">{t("actions.clear")}</span>
          </Button>
        </>
      )}
      {shortcuts && (
        // Where there is no keyboard there is nothing in it: see Key.
        <Button
          look="bare"
          className="not-pointer-fine:hidden max-wide:hidden"
          aria-label={t("actions.shortcuts")}
          onClick={() => ask("help")}
        >
          <Key>?</Key>
        </Button>
      )}
      <Ask
        open={asking === "clear"}
        onClose={close}
        title={t("clear.title")}
        what={`${t("clear.active", { count: active })} ${t("clear.ready", { count: complete.length })} ${t("clear.undo")}`}
        confirm={t("clear.confirm")}
        onConfirm={() => void clearAll([...pending, ...processing])}
      />
      <Ask
        open={asking === "remove"}
        onClose={close}
        title={t("bots.removeTitle", { bot: leaving?.number })}
        what={
          goesBack
            ? t("bots.removeBusy", { bot: leaving?.number, order: goesBack.number })
            : t("bots.removeIdle", { bot: leaving?.number })
        }
        confirm={t("bots.removeConfirm", { bot: leaving?.number })}
        onConfirm={() => leaving && void removeBot(leaving)}
      />
      <Dialog open={asking === "help"} onClose={close} title={t("shortcuts.title")}>
        <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-3">
          {(
            [
              ["n", "normal"],
              ["v", "vip"],
              ["+", "addBot"],
              ["-", "removeBot"],
              ["?", "help"],
            ] as const
          )
            .filter(([shortcut]) => shortcut in keys)
            .map(([shortcut, does]) => (
              <div key={shortcut} className="contents">
                <dt>
                  <kbd className="inline-block min-w-9 rounded border border-line bg-well px-2 py-1 text-center font-bold font-sans">
                    {shortcut}
                  </kbd>
                </dt>
                <dd>{t(`shortcuts.${does}`)}</dd>
              </div>
            ))}
        </dl>
      </Dialog>
    </section>
  );
}

/** Tells a screen reader that an order is ready: the latest only, however many there are. */
function Ready({ complete }: { complete: Board["complete"] }) {
  const { t } = useTranslation();
  const latest = useLatest(complete);
  const news = latest ? t("said.ready", { number: latest.number }) : "";
  return (
    <p role="status" className="sr-only">
      {news}
    </p>
  );
}
