import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { secondsInWords } from "../../app/time";
import { STALE_MS } from "../../feed/feed";
import { useTime } from "../../feed/react";
import { Button } from "../../ui/Button";
import { Plus } from "../../ui/icons";
import { LongList } from "../../ui/LongList";
import { Switch } from "../../ui/Switch";
import { useMe } from "../../who/me";
import { Answered, Asked } from "../account/asked";
import { INPUT } from "../settings/fields";
import { Change, Open } from "./Changes";
import { type Listed, listOf, type Summary, sorted } from "./chain";
import { Heads, Row } from "./Row";

const POLL_MS = 2_000;

/** How high a row is about: one line, and on a phone three. */
const rowPx = () => (matchMedia("(width < 46rem)").matches ? 124 : 60);

/** All restaurants at a glance. */
export function Chain() {
  return (
    <Asked>
      <All />
    </Asked>
  );
}

function All() {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim());
  const [opening, setOpening] = useState(false);
  const runsAll = useMe(({ me, everywhere }) => everywhere && me?.role === "MANAGER");
  const id = useId();
  const asked = useQuery({
    queryKey: ["restaurants", wanted],
    queryFn: ({ signal }) => listOf(wanted, signal),
    refetchInterval: POLL_MS,
    // What was found before stands until the new is there.
    placeholderData: (before) => before,
  });
  return (
    <main className="mx-auto flex min-h-0 w-full max-w-7xl grow flex-col gap-3 p-3 tablet:p-5">
      <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
        <div className="grid gap-1">
          <h1 className="font-bold text-head">{t("chain.title")}</h1>
          <p className="text-soft max-tablet:hidden">{t("chain.what")}</p>
        </div>
        <span className="grow" />
        <label htmlFor={id} className="sr-only">
          {t("chain.search")}
        </label>
        <input
          id={id}
          type="search"
          className={`${INPUT} w-72 max-tablet:w-full`}
          placeholder={t("chain.search")}
          maxLength={80}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        {runsAll && (
          <Button look="primary" onClick={() => setOpening(true)}>
            <Plus />
            {t("chain.add")}
          </Button>
        )}
      </div>
      <Stale at={asked.dataUpdatedAt} />
      <Answered asked={asked}>{(listed) => <Rows listed={listed} searched={wanted !== ""} />}</Answered>
      {opening && <Open onClose={() => setOpening(false)} />}
    </main>
  );
}

/** Says loudly when the list is no longer read. */
function Stale({ at }: { at: number }) {
  const { t } = useTranslation();
  const opened = useState(Date.now)[0];
  // By this device's clock alone: both moments are its own.
  const age = useTime(() => Math.floor((Date.now() - (at || opened)) / 1000) * 1000);
  if (age <= STALE_MS) return null;
  return (
    <p role="status" className="rounded-xl bg-too-late px-4 py-2 font-bold text-card">
      {t("chain.stale", { age: secondsInWords(t, age) })}
    </p>
  );
}

function Rows({ listed, searched }: { listed: Listed; searched: boolean }) {
  const { t } = useTranslation();
  const [archived, setArchived] = useState(false);
  const [changing, change] = useState<Summary | null>(null);
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const all = useMemo(() => sorted(listed.restaurants), [listed]);
  const gone = all.filter(({ archivedAt }) => archivedAt !== null).length;
  const shown = useMemo(
    () =>
      all
        .filter(({ archivedAt }) => archived || archivedAt === null)
        .map((restaurant) => ({ id: restaurant.slug, restaurant })),
    [all, archived],
  );
  const waiting = all.reduce((sum, restaurant) => sum + restaurant.waiting, 0);
  return (
    <>
      <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-4 text-soft">
        <p>
          {t("chain.count", { count: shown.length })} · {t("chain.waiting", { count: waiting })}
        </p>
        {listed.more && <p>{t("chain.more", { count: listed.restaurants.length })}</p>}
        <span className="grow" />
        {gone > 0 && (
          <Switch label={t("chain.archived", { count: gone })} checked={archived} onChange={setArchived} />
        )}
      </div>
      {shown.length === 0 ? (
        <p className="grid grow place-content-center rounded-2xl bg-well p-6 text-center text-lead">
          {t(searched ? "chain.noneFound" : "chain.none")}
        </p>
      ) : (
        <>
          <Heads />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by the keyboard */}
          <div ref={setScroller} tabIndex={0} className="min-h-0 grow overflow-y-auto low:overflow-visible">
            <LongList items={shown} scroller={scroller} estimate={rowPx} overscan={12}>
              {({ restaurant }) => <Row restaurant={restaurant} onChange={change} />}
            </LongList>
          </div>
        </>
      )}
      {changing && (
        // What is being changed is shown as it is now.
        <Change
          restaurant={all.find(({ slug }) => slug === changing.slug) ?? changing}
          onClose={() => change(null)}
        />
      )}
    </>
  );
}
