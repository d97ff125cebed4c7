import { type InfiniteData, QueryClient, QueryClientProvider, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { keyed, tried, whyNot } from "../../api/tried";
import type { Order } from "../../feed/fold";
import { useFeed } from "../../feed/react";
import { Button } from "../../ui/Button";
import { KeepFocus } from "../../ui/KeepFocus";
import { LongList } from "../../ui/LongList";
import { say } from "../../ui/toasts";
import { useMe } from "../../who/me";
import { may } from "../../who/rights";
import { Export } from "./Export";
import { Filters } from "./Filters";
import { type Filter, filterIn } from "./filter";
import { Newer, versionOf } from "./Newer";
import { type Position, pageAt, start } from "./pages";
import { Row } from "./Row";

const queries = new QueryClient({ defaultOptions: { queries: { retry: 2, gcTime: 60_000 } } });

/** How high a row is about: one line, and on a phone three. */
const rowPx = () => (matchMedia("(width < 46rem)").matches ? 102 : 62);

/** What was cooked and what was cancelled. */
export function History() {
  return (
    <QueryClientProvider client={queries}>
      <Past />
    </QueryClientProvider>
  );
}

function Past() {
  const { t, i18n } = useTranslation();
  const filter = useSearch({ from: "/shell/history", select: filterIn, structuralSharing: true });
  const navigate = useNavigate();
  const feed = useFeed();
  const queryKey = ["history", filter];
  const past = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam, signal }) => {
      const since = versionOf(feed);
      return { since, ...(await pageAt(pageParam ?? start(filter), signal)) };
    },
    initialPageParam: null as Position | null,
    getNextPageParam: (page) => page.next,
  });
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const { deleted, remove } = useDeleting();
  const manages = useMe(({ me }) => may(me, "manage"));
  const orders = useMemo(
    () => past.data?.pages.flatMap((page) => page.orders).filter((order) => !deleted.has(order.id)) ?? [],
    [past.data, deleted],
  );
  const count = new Intl.NumberFormat(i18n.language).format(orders.length);
  const filtered = Object.keys(filter).length > 0;
  const change = (to: Filter) => void navigate({ to: "/history", search: to, replace: true });
  /** Begins again at the top: what was read further down comes again as somebody scrolls. */
  const showNewer = () => {
    scroller?.scrollTo({ top: 0 });
    scroller?.focus({ preventScroll: true });
    queries.setQueryData(queryKey, (read: typeof past.data) => read && firstOf(read));
    void past.refetch();
  };
  return (
    <main className="mx-auto flex min-h-0 w-full max-w-7xl grow flex-col gap-3 p-3 tablet:p-5 print:block print:max-w-none">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="font-bold text-head">{t("history.title")}</h1>
        <span className="grow" />
        <span className="flex flex-wrap items-center gap-2 print:hidden">
          <Button disabled={past.isFetching} onClick={() => void past.refetch()}>
            {t("history.refresh")}
          </Button>
          <Button disabled={orders.length === 0} onClick={() => window.print()} className="max-tablet:hidden">
            {t("history.print")}
          </Button>
          <Export key={JSON.stringify(filter)} filter={filter} disabled={orders.length === 0} />
        </span>
      </div>
      <Filters filter={filter} onChange={change} />
      {/* As high as the button that may come: nothing moves when it does. */}
      <div className="flex h-11 shrink-0 items-center justify-between gap-3 print:h-auto">
        <p role="status" className="text-soft max-tablet:line-clamp-2 max-tablet:text-small">
          <span className={past.hasNextPage ? "print:hidden" : ""}>
            {past.data && t(past.hasNextPage ? "history.countMore" : "history.count", { shown: count })}
          </span>
          {past.hasNextPage && (
            <span className="hidden print:inline">{t("history.printed", { shown: count })}</span>
          )}
        </p>
        {past.data && (
          <Newer
            key={JSON.stringify(filter)}
            filter={filter}
            pages={past.data.pages}
            since={past.data.pages[0]?.since ?? null}
            disabled={past.isFetching}
            onShow={showNewer}
          />
        )}
      </div>
      {past.isPending && <Loading />}
      {past.isError && (
        <div
          role="alert"
          className="flex flex-wrap items-center gap-4 rounded-xl bg-too-late-soft px-4 py-3 print:hidden"
        >
          <p className="font-bold text-too-late">{t("history.failed", { why: whyNot(t, past.error) })}</p>
          <Button onClick={() => void (past.isFetchNextPageError ? past.fetchNextPage() : past.refetch())}>
            {t("fresh.retry")}
          </Button>
        </div>
      )}
      {past.data && orders.length === 0 && !past.hasNextPage && (
        <div className="grid grow place-content-center justify-items-center gap-3 rounded-2xl bg-well p-6 text-center">
          <p className="text-lead">{t(filtered ? "history.noneFound" : "history.none")}</p>
          {filtered && <Button onClick={() => change({})}>{t("history.showAll")}</Button>}
        </div>
      )}
      {past.data && (orders.length > 0 || past.hasNextPage) && (
        <Rows
          scroller={scroller}
          onScroller={setScroller}
          orders={orders}
          onDelete={manages ? remove : undefined}
          more={past.hasNextPage && !past.isFetchNextPageError}
          fetching={past.isFetchingNextPage}
          onEnd={() => void past.fetchNextPage({ cancelRefetch: false })}
        />
      )}
    </main>
  );
}

/** The shape of what comes. */
function Loading() {
  const { t } = useTranslation();
  return (
    <div aria-busy="true" className="grid gap-2">
      <p className="sr-only">{t("history.loading")}</p>
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} className="h-14 rounded-xl bg-card opacity-70" />
      ))}
    </div>
  );
}

/** Orders are deleted one at a time, and each deletion can be undone. */
function useDeleting() {
  const { t } = useTranslation();
  const [deleted, setDeleted] = useState<ReadonlySet<string>>(new Set());
  const remove = useCallback(
    async ({ id, number }: Order): Promise<void> => {
      const wrong = (error: unknown) =>
        say({ text: t("said.failed", { why: whyNot(t, error, number) }), wrong: true });
      const restore = async () => {
        const params = { ...keyed(), path: { id } };
        try {
          await tried(() => answer(api.POST("/api/orders/{id}/restore", { params })));
          setDeleted((all) => new Set([...all].filter((it) => it !== id)));
          void queries.invalidateQueries();
          say({ text: t("history.restored", { number }) });
        } catch (error) {
          wrong(error);
        }
      };
      const params = { ...keyed(), path: { id } };
      try {
        await tried(() => answer(api.DELETE("/api/orders/{id}", { params })));
        setDeleted((all) => new Set(all).add(id));
        const action = { label: t("actions.undo"), run: () => void restore() };
        say({ text: t("history.deleted", { number }), action });
      } catch (error) {
        wrong(error);
      }
    },
    [t],
  );
  return { deleted, remove };
}

/** The first of the pages that were read. */
function firstOf<Read>({ pages, pageParams }: InfiniteData<Read>): InfiniteData<Read> {
  return { pages: pages.slice(0, 1), pageParams: pageParams.slice(0, 1) };
}

interface RowsProps {
  scroller: HTMLDivElement | null;
  onScroller: (scroller: HTMLDivElement | null) => void;
  orders: readonly Order[];
  onDelete: ((order: Order) => void) | undefined;
  more: boolean;
  fetching: boolean;
  onEnd: () => void;
}

/** Every row that was read is there for paper. */
function Rows({ scroller, onScroller, orders, onDelete, more, fetching, onEnd }: RowsProps) {
  const { t } = useTranslation();
  const printing = usePrinting();
  return (
    <div
      ref={onScroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled from the keyboard
      tabIndex={0}
      className="min-h-0 grow overflow-y-auto overscroll-contain low:h-[max(12rem,80dvh)] low:shrink-0 low:grow-0 rounded-xl print:overflow-visible"
    >
      <KeepFocus>
        <LongList
          items={orders}
          scroller={scroller}
          estimate={rowPx}
          overscan={10}
          more={more}
          onEnd={more && !fetching ? onEnd : undefined}
          whole={printing}
        >
          {(order) => <Row order={order} onDelete={onDelete} />}
        </LongList>
      </KeepFocus>
      {fetching && <p className="p-4 text-center text-soft print:hidden">{t("history.loading")}</p>}
    </div>
  );
}

/** Whether a page is being made for paper. */
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const before = () => flushSync(() => setPrinting(true));
    const after = () => setPrinting(false);
    window.addEventListener("beforeprint", before);
    window.addEventListener("afterprint", after);
    return () => {
      window.removeEventListener("beforeprint", before);
      window.removeEventListener("afterprint", after);
    };
  }, []);
  return printing;
}
