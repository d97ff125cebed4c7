import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { whyNot } from "../../api/tried";
import { EVENTS } from "../../feed/source";
import { Button } from "../../ui/Button";
import { LongList } from "../../ui/LongList";
import { useMe } from "../../who/me";
import { BASE } from "../../who/place";
import { Asked } from "../account/asked";
import { Locked } from "../account/Page";
import { type Filter, filterIn, queryOf } from "./filter";
import { type Entry, Row } from "./Row";

type Page = components["schemas"]["AuditPage"];

const PAGE = 100;

/** How high a row is about: one line, and on a phone three. */
const rowPx = () => (matchMedia("(width < 46rem)").matches ? 92 : 58);

const KINDS = {
  accounts: [
    "signIn.succeeded",
    "signIn.byPin",
    "signIn.codeNeeded",
    "signIn.failed",
    "signOut",
    "user.added",
    "user.changed",
    "user.deleted",
    "user.restored",
    "password.changed",
    "sessions.ended",
    "secondFactor.added",
    "secondFactor.removed",
    "recoveryCode.used",
    "recoveryCodes.renewed",
    "pin.set",
    "pin.forgotten",
    "key.added",
    "key.revoked",
    "screen.letIn",
  ],
  kitchen: EVENTS,
} as const;

/** What happened to accounts and in the kitchen, in one list. */
export function Audit() {
  const { t } = useTranslation();
  const byPin = useMe(({ me }) => me?.via === "pin");
  return (
    <Asked>
      <main className="mx-auto flex min-h-0 w-full max-w-7xl grow flex-col gap-3 p-3 tablet:p-5 print:block print:max-w-none">
        {byPin ? (
          <>
            <h1 className="font-bold text-head">{t("audit.title")}</h1>
            <Locked />
          </>
        ) : (
          <Log />
        )}
      </main>
    </Asked>
  );
}

function Log() {
  const { t, i18n } = useTranslation();
  const filter = useSearch({ from: "/shell/audit", select: filterIn, structuralSharing: true });
  const navigate = useNavigate();
  const past = useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...queryOf(filter), limit: PAGE, ...(pageParam && { cursor: pageParam }) };
      // Without a format it is a page.
      return (await answer(api.GET("/api/audit", { params: { query }, signal }))) as Page;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const entries = useMemo(() => named(past.data?.pages.map((page) => page.entries) ?? []), [past.data]);
  const count = new Intl.NumberFormat(i18n.language).format(entries.length);
  const filtered = Object.keys(filter).length > 0;
  const change = (to: Filter) => void navigate({ to: "/audit", search: to, replace: true });
  const more = past.hasNextPage && !past.isFetchNextPageError;
  // A page may have nothing that is looked for, and those after it something.
  const goesOn = more && entries.length === 0 && !past.isFetching;
  const { fetchNextPage } = past;
  useEffect(() => {
    if (goesOn) void fetchNextPage();
  }, [goesOn, fetchNextPage]);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="grid">
          <h1 className="font-bold text-head">{t("audit.title")}</h1>
          <p className="text-soft max-tablet:hidden">{t("audit.what")}</p>
        </div>
        <span className="grow" />
        <span className="flex flex-wrap items-center gap-2 print:hidden">
          <Button disabled={past.isFetching} onClick={() => void past.refetch()}>
            {t("audit.refresh")}
          </Button>
          <Export filter={filter} format="csv" />
          <Export filter={filter} format="jsonl" />
        </span>
      </div>
      <Filters filter={filter} onChange={change} />
      <p role="status" className="text-soft">
        {past.data && t(past.hasNextPage ? "audit.countMore" : "audit.count", { shown: count })}
      </p>
      {(past.isPending || (entries.length === 0 && more)) && (
        <div aria-busy="true" className="grid gap-2">
          <p className="sr-only">{t("audit.loading")}</p>
          {[0, 1, 2, 3, 4].map((row) => (
            <div key={row} className="h-12 rounded-xl bg-card opacity-70" />
          ))}
        </div>
      )}
      {past.isError && (
        <div role="alert" className="flex flex-wrap items-center gap-4 rounded-xl bg-too-late-soft px-4 py-3">
          <p className="font-bold text-too-late">{t("audit.failed", { why: whyNot(t, past.error) })}</p>
          <Button onClick={() => void (past.isFetchNextPageError ? past.fetchNextPage() : past.refetch())}>
            {t("form.again")}
          </Button>
        </div>
      )}
      {past.data && entries.length === 0 && !past.hasNextPage && (
        <div className="grid grow place-content-center justify-items-center gap-3 rounded-2xl bg-well p-6 text-center">
          <p className="text-lead">{t(filtered ? "audit.noneFound" : "audit.none")}</p>
          {filtered && <Button onClick={() => change({})}>{t("audit.showAll")}</Button>}
        </div>
      )}
      {entries.length > 0 && (
        <div
          ref={setScroller}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled from the keyboard
          tabIndex={0}
          className="min-h-0 grow overflow-y-auto overscroll-contain rounded-xl low:h-[max(12rem,80dvh)] low:shrink-0 low:grow-0"
        >
          <LongList
            items={entries}
            scroller={scroller}
            estimate={rowPx}
            overscan={10}
            more={more}
            onEnd={
              more && !past.isFetchingNextPage
                ? () => void past.fetchNextPage({ cancelRefetch: false })
                : undefined
            }
          >
            {(entry) => <Row entry={entry} />}
          </LongList>
          {past.isFetchingNextPage && <p className="p-4 text-center text-soft">{t("audit.loading")}</p>}
        </div>
      )}
    </>
  );
}

/** Entries have no name of their own: they are counted, page by page. */
function named(pages: readonly (readonly Omit<Entry, "id">[])[]): Entry[] {
  return pages.flatMap((page, at) => page.map((entry, row) => ({ ...entry, id: `${at}-${row}` })));
}

/** The server makes the file, of everything that the filter finds. */
function Export({ filter, format }: { filter: Filter; format: "csv" | "jsonl" }) {
  const { t } = useTranslation();
  const query = new URLSearchParams({ ...queryOf(filter), format });
  return (
    <a
      href={`${BASE}/audit?${query}`}
      download
      className="inline-flex min-h-11 items-center justify-center whitespace-nowrap rounded-lg border border-line bg-card px-4 font-bold text-body text-ink hover:bg-press-soft max-tablet:px-2"
    >
      {t(`audit.${format}`)}
    </a>
  );
}

const FIELD = "min-h-11 w-full min-w-0 rounded-lg border border-soft bg-card px-3 text-body text-ink";

/** Names are asked for when somebody has stopped typing. */
const TYPED_MS = 300;

function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const { t } = useTranslation();
  const change = (part: Record<string, string>) => onChange(filterIn({ ...filter, ...part }));
  const asked = filter.who ?? "";
  const [who, setWho] = useState(asked);
  /** What the address was given last; anything else in it comes from elsewhere, and is taken over. */
  const given = useRef(asked);
  useEffect(() => {
    if (asked === given.current) return;
    given.current = asked;
    setWho(asked);
  }, [asked]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever something else was typed
  useEffect(() => {
    const typed = who.trim();
    if (typed === given.current) return;
    const timer = setTimeout(() => {
      given.current = typed;
      change({ who: typed });
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [who]);
  return (
    <search
      aria-label={t("audit.filters")}
      className="grid grid-cols-2 gap-2 max-[22.5rem]:grid-cols-1 tablet:flex tablet:flex-wrap tablet:items-end tablet:gap-3 print:hidden"
    >
      <label className="grid gap-1 text-small text-soft tablet:w-56">
        {t("audit.kind")}
        <select
          className={FIELD}
          value={filter.kind ?? ""}
          onChange={(event) => change({ kind: event.target.value })}
        >
          <option value="">{t("audit.all")}</option>
          {(["accounts", "kitchen"] as const).map((group) => (
            <optgroup key={group} label={t(`audit.${group}`)}>
              {KINDS[group].map((kind) => (
                <option key={kind} value={kind}>
                  {t(`audit.kinds.${kind}`)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      <label className="grid gap-1 text-small text-soft tablet:w-48">
        {t("audit.who")}
        <input
          className={FIELD}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          value={who}
          onChange={(event) => setWho(event.target.value)}
        />
      </label>
      {(["from", "to"] as const).map((end) => (
        <label key={end} className="grid gap-1 text-small text-soft tablet:w-44">
          {t(`audit.${end}`)}
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
