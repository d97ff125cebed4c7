import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Feed } from "../../feed/feed";
import type { Order } from "../../feed/fold";
import { useFeed } from "../../feed/react";
import { Button } from "../../ui/Button";
import type { Filter } from "./filter";
import { lacking, newest, type Page } from "./pages";

/** In a rush something changes many times a second. */
const CALM_MS = 2_000;

/** More than this is many. */
const COUNTED_MAX = 99;

/** Which state of the kitchen the feed shows. */
export function versionOf(feed: Feed): string | null {
  const { board } = feed.view();
  return board && `${board.epoch}-${board.version}`;
}

interface Props {
  filter: Filter;
  pages: readonly Page[];
  /** The version of the kitchen before the pages were read. */
  since: string | null;
  disabled: boolean;
  onShow: () => void;
}

/** Says how many orders have ended since the list was read. The list itself stays until somebody wants them. */
export function Newer({ filter, pages, since, disabled, onShow }: Props) {
  const { t, i18n } = useTranslation();
  const found = useNewest(filter, since);
  const count = useMemo(() => lacking(pages, found).length, [pages, found]);
  const shown = count > COUNTED_MAX ? `${COUNTED_MAX}+` : new Intl.NumberFormat(i18n.language).format(count);
  return (
    <>
      {/* Said once, and not at each order more. */}
      <span role="status" className="sr-only">
        {count > 0 && t("history.newerThere")}
      </span>
      {count > 0 && (
        <Button className="shrink-0 animate-arrive print:hidden" disabled={disabled} onClick={onShow}>
          {t("history.newer", { count, shown })}
        </Button>
      )}
    </>
  );
}

/**
 * The newest orders of the past, read again after the kitchen changed. A cancelled order only vanishes from the board,
 * and so does one that is done and handed over, so the board tells that something happened and the history what.
 */
function useNewest(filter: Filter, since: string | null): readonly Order[] {
  const feed = useFeed();
  const [found, setFound] = useState<readonly Order[]>([]);
  useEffect(() => {
    const ended = new AbortController();
    let seen = since;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      seen = versionOf(feed);
      try {
        setFound(await newest(filter, ended.signal));
      } catch {
        // The next change has it read again.
      }
      timer = undefined;
      if (!ended.signal.aborted) look();
    };
    const look = () => {
      if (timer !== undefined || document.hidden || versionOf(feed) === seen) return;
      timer = setTimeout(() => void read(), CALM_MS);
    };
    look();
    const stop = feed.subscribe(look);
    return () => {
      stop();
      clearTimeout(timer);
      ended.abort();
    };
  }, [feed, filter, since]);
  return found;
}
