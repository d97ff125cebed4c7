/** What a person at a station does, one thing at a time: take, done, give back. */
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api } from "../../api/client";
import { keyed, tried, whyNot } from "../../api/tried";
import type { Board, Bot, Order } from "../../feed/fold";
import { useStation } from "./station";

/** How long after a failure the station tries to take an order by itself again. */
const AGAIN_MS = 3_000;

/** A key that bounces, or is hit twice, must not finish the order that has just come. */
const BOUNCE_MS = 600;

export interface Notice {
  readonly text: string;
  readonly wrong: boolean;
}

type Held = Order & { readonly claim: number };

const isHeld = (order: Order | undefined): order is Held => order !== undefined && order.claim !== null;

export function useWork(board: Board, bot: Bot) {
  const { t } = useTranslation();
  const takesItself = useStation((state) => state.takesItself);
  /** What the server gave us and the board does not show yet. */
  const [given, setGiven] = useState<Held | null>(null);
  /** The claim that we ended and the board may still show. */
  const [ended, setEnded] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [notice, setNotice] = useState<Notice | null>(null);
  /** The board's version when nothing more is taken by itself, until it is another. */
  const [emptyAt, setEmptyAt] = useState<number | null>(null);
  /** After something was given back, a person takes the next. */
  const [rests, setRests] = useState(false);
  const [waits, setWaits] = useState(false);

  const shown = board.processing.find((order) => order.botId === bot.id);
  const onBoard = isHeld(shown) && shown.claim !== ended ? shown : null;
  const current = onBoard ?? given;
  const claim = current?.claim ?? null;
  const settled = useSettled(claim);

  // Once the board shows what was given it is the board that says when it is gone.
  const before = useRef<Held | null>(null);
  /** The claim that is being ended here: its answer says what became of it. */
  const ending = useRef<number | null>(null);
  useEffect(() => {
    if (onBoard) {
      if (given) setGiven(null);
      before.current = onBoard;
      return;
    }
    const lost = before.current;
    before.current = null;
    if (!lost || lost.claim === ending.current) return;
    const path = { id: lost.id };
    answer(api.GET("/api/orders/{id}", { params: { path } }))
      .then(({ order }) => setNotice({ text: t(gone(order), { number: lost.number }), wrong: true }))
      .catch(() => setNotice({ text: t("station.goneAway", { number: lost.number }), wrong: true }));
  }, [onBoard, given, t]);

  const doing = async (ask: () => Promise<void>): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      await ask();
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };

  const failed = (error: unknown): void => {
    ending.current = null;
    const code = error instanceof ApiError ? error.problem?.code : undefined;
    // The board tells of both in a moment.
    if (code === "unknownBot" || code === "botBusy") return;
    setWaits(true);
    if (code === "staleClaim" && current) {
      setEnded(current.claim);
      setGiven(null);
      setNotice({ text: t("station.stale", { number: current.number }), wrong: true });
    } else {
      setNotice({ text: t("station.failed", { why: whyNot(t, error, current?.number) }), wrong: true });
    }
  };

  const claimNext = async (): Promise<void> => {
    const params = { ...keyed(), path: { id: bot.id } };
    const { order } = await tried(() => answer(api.POST("/api/bots/{id}/claim", { params })));
    if (order && order.claim !== null) setGiven({ ...order, claim: order.claim });
    else setEmptyAt(board.version);
  };

  const take = () =>
    doing(async () => {
      setRests(false);
      setNotice(null);
      await claimNext();
    });

  const done = () =>
    doing(async () => {
      if (!current) return;
      ending.current = current.claim;
      const params = keyed();
      const body = { orderId: current.id, botId: bot.id, claim: current.claim };
      const { outcome, order } = await tried(() =>
        answer(api.POST("/api/orders/complete", { params, body })),
      );
      setEnded(current.claim);
      setGiven(null);
      const { number } = current;
      if (outcome === "stale") {
        setNotice({ text: t("station.stale", { number }), wrong: true });
        return;
      }
      if (outcome === "completed") setNotice({ text: t("said.ready", { number }), wrong: false });
      else setNotice({ text: t(gone(order), { number }), wrong: true });
      await claimNext();
    });

  const giveBack = () =>
    doing(async () => {
      if (!current) return;
      ending.current = current.claim;
      const params = { ...keyed(), path: { id: bot.id } };
      const body = { claim: current.claim };
      await tried(() => answer(api.POST("/api/bots/{id}/return", { params, body })));
      setEnded(current.claim);
      setGiven(null);
      setRests(true);
      setNotice({ text: t("station.givenBack", { number: current.number }), wrong: false });
    });

  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => setWaits(false), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [waits]);

  const may = takesItself && !rests && !busy && !waits && bot.status === "IDLE";
  const nextComes = may && !current && board.pending.length > 0 && emptyAt !== board.version;
  const claimByItself = useRef(claimNext);
  claimByItself.current = () => doing(claimNext);
  useEffect(() => {
    if (nextComes) void claimByItself.current();
  }, [nextComes]);

  const ready = !busy && (current === null || settled);
  return { current, busy, ready, rests, notice, take, done, giveBack };
}

/** What became of an order that is not ours any more. */
function gone(order: Order) {
  if (order.status === "CANCELLED") return "station.goneCancelled";
  if (order.status === "COMPLETE") return "station.goneComplete";
  return order.status === "PENDING" ? "station.goneBack" : "station.stale";
}

/** Whether what is shown has been there long enough to be meant. */
function useSettled(claim: number | null): boolean {
  const [settled, setSettled] = useState<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(claim), BOUNCE_MS);
    return () => clearTimeout(timer);
  }, [claim]);
  return settled === claim;
}
