import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Bot as BotType, Order } from "../../feed/fold";
import { Bot, Hand } from "../../ui/icons";
import { useMe } from "../../who/me";
import { may } from "../../who/rights";
import { Progress } from "../orders/Progress";
import { CookingSymbol, Left } from "../orders/parts";

interface Props {
  bots: readonly BotType[];
  processing: readonly Order[];
  /** The first that waits, where that is the one to go next. */
  next: Order | undefined;
}

/** From so many on nobody counts them by eye. */
const MANY = 8;

/** The bots, oldest first: the newest is at the end, where it comes and goes. */
export function Fleet({ bots, processing, next }: Props) {
  const { t } = useTranslation();
  const manages = useMe(({ me }) => may(me, "manage"));
  const held = new Map(processing.map((order) => [order.id, order]));
  const list = useRef<HTMLUListElement>(null);
  const newest = bots[0]?.id;
  // The newest is the one that comes and goes.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever it is another bot
  useEffect(() => {
    list.current?.scrollTo({ left: list.current.scrollWidth, top: list.current.scrollHeight });
  }, [newest]);
  if (bots.length === 0) {
    return (
      <section aria-label={t("bots.title")} className="flex min-h-16 items-center rounded-2xl bg-well px-4">
        <p className="text-soft">
          <strong className="text-ink">{t("bots.noneTitle")}.</strong>{" "}
          {next && manages ? t("bots.noneWaiting", { number: next.number }) : t("bots.none")}
        </p>
      </section>
    );
  }
  const many = bots.length > MANY;
  return (
    <section aria-label={t("bots.title")} className="rounded-2xl bg-well p-2">
      {many && (
        <p className="px-2 pb-1 text-small text-soft wall:text-lead">
          {t("bots.count", { count: bots.length })} · {t("bots.cooking", { count: held.size })}
        </p>
      )}
      <ul
        ref={list}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled from the keyboard
        tabIndex={0}
        className="flex max-h-40 snap-x gap-2 overflow-x-auto tablet:grid tablet:grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] tablet:overflow-y-auto wall:max-h-64 wall:grid-cols-[repeat(auto-fill,minmax(14rem,1fr))]"
      >
        {bots.toReversed().map((bot) => (
          <li key={bot.id} className="shrink-0 snap-start">
            <Tile bot={bot} order={held.get(bot.currentOrderId ?? "")} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tile({ bot, order }: { bot: BotType; order: Order | undefined }) {
  const { t } = useTranslation();
  const Picture = bot.mode === "pull" ? Hand : Bot;
  return (
    <div
      data-bot={bot.number}
      data-status={bot.status}
      className="relative grid h-16 w-44 content-center gap-1 rounded-xl border border-line bg-card px-3 transition-colors duration-200 data-[status=PROCESSING]:border-cooking tablet:w-auto wall:h-20"
    >
      {order && (
        <span
          key={`${order.id}-${order.claim}`}
          className="pointer-events-none absolute inset-0 animate-light rounded-xl bg-cooking opacity-0"
        />
      )}
      <div className="flex items-center gap-2 text-small wall:text-lead">
        <Picture className={order ? "text-cooking" : "text-soft"} />
        <strong className="shrink-0 text-body wall:text-lead">{bot.number}</strong>
        <span className="sr-only">{t("bots.name", { number: bot.number })}</span>
        <span className="grow truncate text-soft">
          {order ? t("order.name", { number: order.number }) : t("bots.idle")}
        </span>
        {order && <CookingSymbol order={order} />}
      </div>
      <div className="h-1.5">{order && <Progress order={order} />}</div>
      {order && (
        <span className="sr-only">
          <Left order={order} />
        </span>
      )}
    </div>
  );
}
