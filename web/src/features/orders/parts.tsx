/** What is said about an order wherever it stands. */
import { useTranslation } from "react-i18next";
import { ageInWords, secondsInWords } from "../../app/time";
import type { Order } from "../../feed/fold";
import { useTime } from "../../feed/react";
import { COOKING, Crown } from "../../ui/icons";

/** From half of it on a wait is long, from all of it on it is too long. */
const TARGET_MS = { VIP: 4 * 60_000, NORMAL: 10 * 60_000 } as const;

export function Vip() {
  const { t } = useTranslation();
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap rounded-md bg-vip-soft px-1.5 py-0.5 font-bold text-small text-vip-ink in-data-travels:wall:text-lead">
      <Crown />
      {t("order.vip")}
    </span>
  );
}

/** How long an order has waited: it becomes amber at half of the target and red past it. */
export function Age({ order }: { order: Order }) {
  const { t } = useTranslation();
  const since = Date.parse(order.createdAt);
  const late = useTime((now) => {
    const share = (now - since) / TARGET_MS[order.type];
    return share >= 1 ? 2 : share >= 0.5 ? 1 : 0;
  });
  const words = useTime((now) => ageInWords(t, now - since));
  const look = ["text-soft", "bg-late-soft text-late", "bg-too-late-soft text-too-late"][late];
  return (
    <span className={`rounded-md px-1.5 py-0.5 font-bold text-small wall:text-lead ${look}`}>
      <span className="sr-only">{t("order.waits", { age: words })}</span>
      <span aria-hidden="true">{words}</span>
    </span>
  );
}

/** How long an order has been ready. */
export function ReadyFor({ order }: { order: Order }) {
  const { t } = useTranslation();
  const since = Date.parse(order.completedAt ?? order.updatedAt);
  const words = useTime((now) => ageInWords(t, now - since));
  return (
    <span className="text-small text-soft wall:text-lead">
      <span className="sr-only">{t("order.ready", { age: words })}</span>
      <span aria-hidden="true">{words}</span>
    </span>
  );
}

/** The time an order still cooks; what a person cooks takes as long as it takes. */
export function Left({ order }: { order: Order }) {
  const { t } = useTranslation();
  const due = order.dueAt === null ? null : Date.parse(order.dueAt);
  const seconds = useTime((now) => (due === null ? null : Math.ceil((due - now) / 1000)));
  if (seconds === null) return t("order.byHand");
  return seconds <= 0 ? t("order.finishing") : t("order.left", { left: secondsInWords(t, seconds * 1000) });
}

/** Fire, pan, chef, hourglass: another every 800 ms, in step on every screen. */
export function CookingSymbol({ order }: { order: Order }) {
  const start = Date.parse(order.processingStartedAt ?? order.updatedAt);
  const index = useTime((now) => Math.max(0, Math.floor((now - start) / 800)) % COOKING.length);
  const Picture = COOKING[index] ?? COOKING[0];
  return <Picture className="text-cooking" data-symbol={index} />;
}

/** What is to be cooked; of many lines the first. */
export function Lines({ order, atMost }: { order: Order; atMost: number }) {
  const { t } = useTranslation();
  // One more takes no more room than saying that there is one more.
  const shown = order.lines.length <= atMost + 1 ? order.lines : order.lines.slice(0, atMost);
  const left = order.lines.length - shown.length;
  return (
    <>
      {order.lines.length > 0 && (
        <ul className="grid gap-0.5 text-body wall:text-lead">
          {shown.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name of their own and never change
            <li key={index}>
              <span className="font-bold">{t("order.quantity", { quantity: line.quantity })}</span>{" "}
              {line.name}
              {line.note && <span className="text-soft"> · {line.note}</span>}
            </li>
          ))}
          {left > 0 && <li className="text-soft">{t("display.more", { count: left })}</li>}
        </ul>
      )}
      {order.note && (
        <p className="rounded-md border-l-4 border-line bg-well px-2 py-1 text-body wall:text-lead">
          <span className="sr-only">{t("order.note")}: </span>
          {order.note}
        </p>
      )}
    </>
  );
}
