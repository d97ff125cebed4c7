import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ageInWords, secondsInWords } from "../../app/time";
import { useShown, useTime } from "../../feed/react";
import { Button } from "../../ui/Button";
import type { Summary } from "./chain";
import { goTo } from "./go";

/** From five minutes on a wait is long, from ten on too long: half of what a normal order may take, and all of it. */
const LONG_MS = 5 * 60_000;
const TOO_LONG_MS = 10 * 60_000;

const COLUMNS =
  "grid items-center gap-x-4 tablet:grid-cols-[minmax(0,1fr)_4.5rem_8rem_4.5rem_6rem_6.5rem] tablet:px-4";

/** What stands over the columns; on a phone each figure has its own words. */
export function Heads() {
  const { t } = useTranslation();
  return (
    <div aria-hidden="true" className={`${COLUMNS} text-small text-soft max-tablet:hidden`}>
      <span>{t("chain.head.name")}</span>
      <span className="text-end">{t("chain.head.waiting")}</span>
      <span>{t("chain.head.wait")}</span>
      <span className="text-end">{t("chain.head.cooking")}</span>
      <span>{t("chain.head.bots")}</span>
    </div>
  );
}

interface Props {
  restaurant: Summary;
  onChange: (restaurant: Summary) => void;
}

/** One restaurant: how much waits there, how long, and who cooks. */
export const Row = memo(function Row({ restaurant, onChange }: Props) {
  const { t } = useTranslation();
  const { slug, name, waiting, cooking, bots, busyBots, archivedAt, role } = restaurant;
  const here = useShown(({ board }) => board?.restaurant.slug === slug);
  return (
    <article
      aria-label={name}
      data-restaurant={slug}
      className={`${COLUMNS} gap-y-1 rounded-xl border border-line bg-card px-3 py-1.5 max-tablet:grid-cols-[1fr_1.5fr_1fr_1.2fr] ${archivedAt ? "opacity-75" : ""}`}
    >
      <div className="flex min-w-0 flex-wrap items-center gap-x-2 max-tablet:col-span-3">
        <button
          type="button"
          aria-label={t("chain.go", { name })}
          className="min-h-11 max-w-full truncate rounded-lg text-start font-bold text-lead text-press underline-offset-4 hover:underline"
          onClick={() => goTo(slug)}
        >
          {name}
        </button>
        <span className="truncate text-small text-soft">{slug}</span>
        {here && <Badge>{t("chain.here")}</Badge>}
        {archivedAt && <Badge>{t("chain.isArchived")}</Badge>}
        <Unconfirmed since={restaurant.confirmedAt} />
      </div>
      <Figure label={t("chain.head.waiting")} strong={waiting > 0}>
        {waiting}
      </Figure>
      <Figure label={t("chain.head.wait")} start>
        <Wait since={restaurant.waitingSince} />
      </Figure>
      <Figure label={t("chain.head.cooking")} strong={cooking > 0}>
        {cooking}
      </Figure>
      <Figure label={t("chain.head.bots")} start>
        {t("chain.bots", { busy: busyBots, bots })}
      </Figure>
      {role === "MANAGER" ? (
        <Button
          className="max-tablet:col-start-4 max-tablet:row-start-1"
          aria-label={t("chain.changeOf", { name })}
          onClick={() => onChange(restaurant)}
        >
          {t("chain.change")}
        </Button>
      ) : (
        <span />
      )}
    </article>
  );
});

function Badge({ children }: { children: ReactNode }) {
  return <span className="rounded-md bg-well px-1.5 py-0.5 text-ink text-small">{children}</span>;
}

interface FigureProps {
  label: string;
  strong?: boolean;
  start?: boolean;
  children: ReactNode;
}

function Figure({ label, strong = false, start = false, children }: FigureProps) {
  return (
    <p className={`min-w-0 tabular-nums ${start ? "" : "tablet:text-end"}`}>
      <span className="block truncate text-small text-soft tablet:sr-only">{label}</span>{" "}
      <span className={strong ? "font-bold text-lead" : "text-body"}>{children}</span>
    </p>
  );
}

/** How long the longest has waited: amber at half of what it may, red past it. */
function Wait({ since }: { since: string | null }) {
  const { t } = useTranslation();
  const from = since === null ? null : Date.parse(since);
  const late = useTime((now) =>
    from === null ? 0 : now - from >= TOO_LONG_MS ? 2 : now - from >= LONG_MS ? 1 : 0,
  );
  const words = useTime((now) => (from === null ? null : ageInWords(t, now - from)));
  if (words === null) return <span className="text-soft">{t("chain.noWait")}</span>;
  const look = ["text-ink", "bg-late-soft text-late", "bg-too-late-soft text-too-late"][late];
  return (
    <span className={`-mx-1.5 whitespace-nowrap rounded-md px-1.5 py-0.5 font-bold ${look}`}>{words}</span>
  );
}

/** Says since when the database has not confirmed it. */
function Unconfirmed({ since }: { since: string | null }) {
  const { t } = useTranslation();
  const from = since === null ? null : Date.parse(since);
  const age = useTime((now) => (from === null ? null : Math.floor((now - from) / 1000) * 1000));
  if (age === null) return null;
  return (
    <span className="rounded-md bg-too-late-soft px-1.5 py-0.5 font-bold text-small text-too-late">
      {t("chain.unconfirmed", { age: secondsInWords(t, age) })}
    </span>
  );
}
