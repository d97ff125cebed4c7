import { Link } from "@tanstack/react-router";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { useShown } from "../../feed/react";
import { type Place, useMe } from "../../who/me";
import { INPUT } from "../settings/fields";
import { goTo } from "./go";

/** From so many on one searches rather than looks. */
const SEARCH_FROM = 8;

/** So many come with who one is; of more the server has to be asked. */
const TOLD_MAX = 100;

/** What is found and shown at a time. */
const FOUND_MAX = 20;

const AFTER_TYPING_MS = 200;

/** The restaurants that somebody reaches. */
export function PlaceMenu() {
  const { t } = useTranslation();
  const places = useMe((state) => state.places);
  const here = useShown(({ board }) => board?.restaurant.slug);
  const [search, setSearch] = useState("");
  const found = useFound(places, search.trim());
  const id = useId();
  return (
    <div className="grid grid-cols-1 gap-2">
      {places.length >= SEARCH_FROM && (
        <>
          <label htmlFor={id} className="sr-only">
            {t("chain.search")}
          </label>
          <input
            id={id}
            type="search"
            className={`${INPUT} w-full`}
            placeholder={t("chain.search")}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </>
      )}
      <ul>
        {found.map(({ slug, name }) => (
          <li key={slug}>
            <button
              type="button"
              aria-current={slug === here ? "true" : undefined}
              className="flex min-h-12 w-full flex-wrap items-center gap-x-3 rounded-lg px-3 py-1 text-start hover:bg-press-soft aria-[current=true]:font-bold"
              onClick={() => goTo(slug)}
            >
              <span className="min-w-0 grow truncate">{name}</span>
              <span className="text-small text-soft">{slug === here ? t("chain.here") : slug}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="px-3 py-2 text-soft">{t("chain.noneFound")}</p>}
      <Link
        to="/chain"
        className="flex min-h-12 items-center rounded-lg border-line border-t px-3 font-bold text-press hover:bg-press-soft"
        onClick={() => document.getElementById("places")?.hidePopover()}
      >
        {t("chain.all")}
      </Link>
    </div>
  );
}

/** What is looked for: among those that are known, or, where there may be more, by the server. */
function useFound(places: readonly Place[], search: string): readonly Place[] {
  const [found, setFound] = useState<readonly Place[] | null>(null);
  const ask = places.length >= TOLD_MAX && search !== "";
  useEffect(() => {
    setFound(null);
    if (!ask) return;
    const leaving = new AbortController();
    const timer = setTimeout(() => {
      const params = { query: { q: search, limit: FOUND_MAX } };
      answer(api.GET("/api/restaurants", { params, signal: leaving.signal })).then(
        ({ restaurants }) => setFound(restaurants),
        () => {},
      );
    }, AFTER_TYPING_MS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [ask, search]);
  if (found) return found;
  const wanted = search.toLowerCase();
  const has = ({ slug, name }: Place) => slug.includes(wanted) || name.toLowerCase().includes(wanted);
  return places.filter(has).slice(0, TOLD_MAX);
}
