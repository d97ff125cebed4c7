import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bot, Order } from "../../feed/fold";
import { Card } from "./Card";

/** Below this a list is drawn as it is: nothing to gain, and find-in-page works. */
const PLAIN_MAX = 60;

/** More cards than any screen shows at once: what is there until the long list is. */
const IN_SIGHT = 20;

/** How high a card is about. */
const CARD_PX = 76;

/** Few kitchens need it. Where it cannot be had, all cards are drawn: slower, but there. */
const LongList = lazy(async () => {
  const loaded = await import("../../ui/LongList").catch(() => null);
  return { default: loaded ? loaded.LongList<Order> : PlainList };
});

const HUES = { pending: "bg-waiting", processing: "bg-cooking", complete: "bg-ready" } as const;

interface Props {
  kind: keyof typeof HUES;
  orders: readonly Order[];
  bots?: ReadonlyMap<string, Bot>;
  /** Shown above the orders. */
  before?: ReactNode;
  /** Whether it is the one that a phone shows. */
  chosen: boolean;
}

export function Column({ kind, orders, bots, before, chosen }: Props) {
  const { t, i18n } = useTranslation();
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const count = new Intl.NumberFormat(i18n.language).format(orders.length);
  const card = (order: Order) => <Card order={order} bot={bots?.get(order.botId ?? "")} />;
  return (
    <section
      aria-label={t(`column.${kind}`)}
      data-column={kind}
      className={`min-h-0 flex-col rounded-2xl bg-well tablet:flex ${chosen ? "flex" : "hidden"}`}
    >
      <h2
        data-travels-to={kind}
        className="hidden items-center gap-3 px-4 pt-3 pb-2 font-bold text-lead tablet:flex wall:text-head"
      >
        <span className={`size-3 rounded-full ${HUES[kind]}`} aria-hidden="true" />
        {t(`column.${kind}`)}
        <span className="ml-auto text-soft" data-count={orders.length}>
          <span aria-hidden="true">{count}</span>
          <span className="sr-only">{t("count", { count: orders.length })}</span>
        </span>
      </h2>
      <div
        ref={setScroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled from the keyboard
        tabIndex={0}
        className="min-h-0 grow overflow-y-auto overscroll-contain px-2 pb-3 tablet:px-3"
      >
        {before}
        {orders.length === 0 && !before && (
          <p className="px-2 py-6 text-center text-soft">{t(`empty.${kind}`)}</p>
        )}
        {orders.length <= PLAIN_MAX ? (
          <PlainList items={orders}>{card}</PlainList>
        ) : (
          <Suspense fallback={<PlainList items={orders.slice(0, IN_SIGHT)}>{card}</PlainList>}>
            <LongList items={orders} scroller={scroller} estimate={() => CARD_PX} overscan={8}>
              {card}
            </LongList>
          </Suspense>
        )}
      </div>
    </section>
  );
}

interface Plain {
  items: readonly Order[];
  children: (order: Order) => ReactNode;
}

function PlainList({ items, children }: Plain) {
  return (
    <ul className="grid grid-cols-[minmax(0,1fr)] gap-2">
      {items.map((order) => (
        <li key={order.id}>{children(order)}</li>
      ))}
    </ul>
  );
}
