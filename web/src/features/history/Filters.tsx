import { useTranslation } from "react-i18next";
import { type Filter, filterIn, TIMES } from "./filter";

const FIELD = "min-h-11 w-full rounded-lg border border-soft bg-card px-3 text-body text-ink";

interface Props {
  filter: Filter;
  onChange: (filter: Filter) => void;
}

export function Filters({ filter, onChange }: Props) {
  const { t } = useTranslation();
  const change = (part: Record<string, string>) => onChange(filterIn({ ...filter, ...part }));
  return (
    <search
      aria-label={t("history.filters")}
      className="grid grid-cols-2 gap-2 tablet:flex tablet:flex-wrap tablet:items-end tablet:gap-3 print:hidden"
    >
      <label className="grid gap-1 text-small text-soft tablet:w-32">
        {t("history.number")}
        <input
          type="search"
          inputMode="numeric"
          autoComplete="off"
          className={FIELD}
          value={filter.number ?? ""}
          onChange={(event) => change({ number: event.target.value.replace(/\D/g, "").slice(0, 15) })}
        />
      </label>
      <label className="grid gap-1 text-small text-soft tablet:w-36">
        {t("history.type")}
        <select
          className={FIELD}
          value={filter.type ?? ""}
          onChange={(event) => change({ type: event.target.value })}
        >
          <option value="">{t("history.all")}</option>
          <option value="NORMAL">{t("order.normal")}</option>
          <option value="VIP">{t("order.vip")}</option>
        </select>
      </label>
      <label className="grid gap-1 text-small text-soft tablet:w-40">
        {t("history.status")}
        <select
          className={FIELD}
          value={filter.status ?? ""}
          onChange={(event) => change({ status: event.target.value })}
        >
          <option value="">{t("history.all")}</option>
          <option value="COMPLETE">{t("history.complete")}</option>
          <option value="CANCELLED">{t("history.cancelled")}</option>
        </select>
      </label>
      <label className="grid gap-1 text-small text-soft tablet:w-44">
        {t("history.time")}
        <select
          className={FIELD}
          value={filter.time ?? "any"}
          onChange={(event) => change({ time: event.target.value })}
        >
          {TIMES.map((time) => (
            <option key={time} value={time}>
              {t(`history.times.${time}`)}
            </option>
          ))}
        </select>
      </label>
      {filter.time === "days" &&
        (["first", "last"] as const).map((end) => (
          <label key={end} className="grid gap-1 text-small text-soft tablet:w-44">
            {t(`history.${end}`)}
            <input
              type="date"
              className={FIELD}
              value={filter[end] ?? ""}
              onChange={(event) => change({ [end]: event.target.value })}
            />
          </label>
        ))}
    </search>
  );
}
