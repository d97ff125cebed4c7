import type { TFunction } from "i18next";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { ageInWords, secondsInWords } from "../../app/time";
import type { Order } from "../../feed/fold";
import { localeOf } from "../../i18n/locale";
import { Button } from "../../ui/Button";
import { Check, Cross } from "../../ui/icons";
import { Vip } from "../orders/parts";

/** How long it took, in seconds as long as those can be imagined. */
function spanInWords(t: TFunction, ms: number): string {
  return ms < 60_000 ? secondsInWords(t, ms) : ageInWords(t, ms);
}

interface Props {
  order: Order;
  /** Missing where nobody may. */
  onDelete: ((order: Order) => void) | undefined;
}

/** An order of the past: which, what became of it, when, and what was in it. */
export const Row = memo(function Row({ order, onDelete }: Props) {
  const { t, i18n } = useTranslation();
  const { number, lines, note } = order;
  const cancelled = order.status === "CANCELLED";
  const placed = new Date(order.createdAt).toLocaleString(localeOf(i18n.language), {
    dateStyle: "medium",
    timeStyle: "short",
  });
  const ended = cancelled ? order.cancelledAt : order.completedAt;
  const lasted = ended && spanInWords(t, Date.parse(ended) - Date.parse(order.createdAt));
  const what = lines.map((line) => `${t("order.quantity", { quantity: line.quantity })} ${line.name}`);
  return (
    <article
      aria-label={t("order.name", { number })}
      data-order={number}
      className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 rounded-xl border border-line bg-card px-4 py-2 tablet:grid-cols-[6rem_5rem_9rem_13rem_1fr_auto] print:break-inside-avoid print:grid-cols-[4rem_4rem_7rem_13rem_1fr] print:rounded-none print:border-0 print:border-b print:px-0 print:py-1"
    >
      <span className="flex items-center gap-2 tablet:contents">
        <strong className="text-number print:text-lead">{number}</strong>
        <span>{order.type === "VIP" && <Vip />}</span>
        <span
          className={`inline-flex items-center gap-1 font-bold ${cancelled ? "text-too-late" : "text-ready"}`}
        >
          {cancelled ? <Cross /> : <Check />}
          {t(cancelled ? "history.cancelled" : order.collectedAt ? "history.collected" : "history.complete")}
        </span>
      </span>
      <span className="flex flex-wrap gap-x-3 text-small text-soft max-tablet:col-start-1 tablet:block">
        <time dateTime={order.createdAt} className="block whitespace-nowrap font-bold text-body text-ink">
          {placed}
        </time>
        {lasted !== null && <span className="self-center">{t("history.after", { age: lasted })}</span>}
      </span>
      <span className="min-w-0 max-tablet:col-start-1 max-tablet:text-small tablet:truncate print:whitespace-normal">
        {what.join(", ")}
        {note && <span className="text-soft"> {what.length > 0 ? `· ${note}` : note}</span>}
      </span>
      {onDelete && (
        <Button
          look="bare"
          className="max-tablet:col-start-2 max-tablet:row-span-3 max-tablet:row-start-1 print:hidden"
          aria-label={t("history.delete", { number })}
          onClick={() => onDelete(order)}
        >
          {t("history.deleteShort")}
        </Button>
      )}
    </article>
  );
});
