import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { components } from "../../api/schema";
import { deviceInWords } from "../account/device";
import { useWhen } from "../account/when";

export type Entry = components["schemas"]["AuditEntry"] & { readonly id: string };

const ACTORS = ["timer", "kitchen", "operator"] as const;

/** The kind says it already. */
const SAID = ["board", "settings", "numbers"];

/** Something that happened: what, who, about what, when, and from where. */
export const Row = memo(function Row({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const when = useWhen("medium");
  const { at, kind, actor, subject, address, device } = entry;
  const known = ACTORS.find((it) => it === actor);
  const [, thing, number] = /^(order|bot) (\d+)$/.exec(subject) ?? [];
  const about = number ? t(thing === "bot" ? "bots.name" : "order.name", { number }) : subject;
  const wrong = kind.endsWith(".failed");
  return (
    <article
      data-kind={kind}
      className="grid grid-cols-[1fr_auto] items-baseline gap-x-4 gap-y-0.5 rounded-xl border border-line bg-card px-4 py-2 tablet:grid-cols-[13rem_12rem_9rem_minmax(0,1fr)_minmax(0,14rem)] tablet:py-3"
    >
      <time dateTime={at} className="whitespace-nowrap text-small text-soft max-tablet:order-2">
        {when(at)}
      </time>
      <strong className={`${wrong ? "text-too-late" : ""} max-tablet:order-1`}>
        {t(`audit.kinds.${kind}`, { defaultValue: kind })}
      </strong>
      <span className="truncate max-tablet:order-3">
        {known ? t(`audit.actors.${known}`) : actor || <span className="text-soft">{t("audit.nobody")}</span>}
      </span>
      <span className="truncate max-tablet:order-4 max-tablet:text-right">
        {subject !== actor && !SAID.includes(subject) && (
          <>
            <span className="sr-only">{t("audit.about")}: </span>
            {about}
          </>
        )}
      </span>
      <span className="truncate text-small text-soft max-tablet:order-5 max-tablet:col-span-2">
        {[address, deviceInWords(device)].filter(Boolean).join(" · ")}
      </span>
    </article>
  );
});
