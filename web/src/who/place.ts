/**
 * Which restaurant this page is about, for whoever reaches several: it decides where every call goes and what the feed
 * follows. Each tab has its own; a new one begins where somebody chose last. Another restaurant means another page, as
 * another person does.
 */
import { keep, kept } from "../app/storage";

const STORED = "feedme:restaurant";

/** Routes that are about a restaurant. All others are the server's own and stand where they stand. */
const OF_RESTAURANTS =
  /^\/api\/(orders|bots|board|events|settings|users|keys|audit|pairings\/(find|confirm))(?=[/?]|$)/;

function ofTab(): string | null {
  try {
    return sessionStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function read(): string | null {
  const slug = ofTab() ?? kept(STORED);
  return slug !== null && /^[a-z0-9-]{1,40}$/.test(slug) ? slug : null;
}

/** The restaurant of this page by its slug; `null` is the one that is whoever's own. */
export const chosen: string | null = read();

/** What the addresses of a restaurant begin with. */
export function baseOf(slug: string | null): string {
  return slug === null ? "/api" : `/api/restaurants/${slug}`;
}

/** What the addresses of this page's restaurant begin with. */
export const BASE = baseOf(chosen);

/** The name under which something of this page's restaurant is kept. */
export function keptHere(name: string): string {
  return chosen === null ? name : `${name}:${chosen}`;
}

/** Where a call goes that the code names by its place at `/api`. */
export function moved(path: string, base: string): string {
  return OF_RESTAURANTS.test(path) ? base + path.slice("/api".length) : path;
}

/** The next page of this tab is about another restaurant; `null` is whoever's own. */
export function choose(slug: string | null): void {
  try {
    if (slug === null) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, slug);
  } catch {
    // What is kept for all tabs has to do.
  }
  keep(STORED, slug);
}
