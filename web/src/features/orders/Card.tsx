import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Bot, Order } from "../../feed/fold";
import { Check, Cross } from "../../ui/icons";
import { useMe } from "../../who/me";
import { may, mayCancel } from "../../who/rights";
import { cancel, collect } from "../board/actions";
import { Progress } from "./Progress";
import { Age, CookingSymbol, Left, Lines, ReadyFor, Vip } from "./parts";

const ACTION =
  "-my-1 grid size-11 place-items-center rounded-lg text-soft transition-colors duration-150 hover:bg-press-soft hover:text-ink";

/** Lines of an order that a card shows: one large table must not hide all other orders. */
const LINES_MAX = 6;

interface Props {
  order: Order;
  /** The bot that cooks it. */
  bot?: Bot | undefined;
}

/** An order on the board. It draws anew only when it changed itself. */
export const Card = memo(function Card({ order, bot }: Props) {
  const { t } = useTranslation();
  const { number, status } = order;
  const me = useMe((state) => state.me);
  const vip = order.type === "VIP";
  const edge = vip ? "border-vip border-l-8" : "border-line border-l-8";
  return (
    <article
      aria-label={`${t("order.name", { number })}${vip ? `, ${t("order.vip")}` : ""}`}
      data-order={number}
      data-type={order.type}
      data-travels={order.id}
      data-since={order.updatedAt}
      className={`grid min-w-0 grid-cols-[minmax(0,1fr)] gap-2 rounded-xl border bg-card px-3 py-2.5 shadow-card wall:px-5 wall:py-4 ${edge} ${order.collectedAt ? "opacity-75" : ""}`}
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-bold text-number tablet:text-[2.75rem] wall:text-hero">{number}</span>
        {vip && <Vip />}
        <span className="ml-auto flex items-center gap-2 whitespace-nowrap">
          {status === "PENDING" && <Age order={order} />}
          {status === "PROCESSING" && (
            <span className="text-head wall:text-[2.75rem] wall:leading-none">
              <CookingSymbol order={order} />
            </span>
          )}
          {status === "COMPLETE" && <ReadyFor order={order} />}
          {status !== "COMPLETE" && mayCancel(me, order) && (
            <button
              type="button"
              className={ACTION}
              aria-label={t("order.cancel", { number })}
              title={t("order.cancelShort")}
              onClick={() => void cancel(order)}
            >
              <Cross />
            </button>
          )}
          {status === "COMPLETE" && !order.collectedAt && may(me, "manage") && (
            <button
              type="button"
              className={`${ACTION} text-ready`}
              aria-label={t("order.collect", { number })}
              title={t("order.collectShort")}
              onClick={() => void collect(order)}
            >
              <Check />
            </button>
          )}
        </span>
      </div>
      <Lines order={order} atMost={LINES_MAX} />
      {status === "PROCESSING" && (
        <>
          <Progress order={order} className="wall:h-2.5" />
          <div className="flex items-baseline justify-between text-small text-soft wall:text-lead">
            <span>{bot && t("order.byBot", { number: bot.number })}</span>
            <span className="font-bold text-body text-ink wall:text-head">
              <Left order={order} />
            </span>
          </div>
        </>
      )}
      {order.collectedAt && (
        <span className="text-ready text-small wall:text-lead">{t("order.collected")}</span>
      )}
    </article>
  );
});
