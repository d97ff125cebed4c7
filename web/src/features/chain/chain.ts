/** All restaurants that somebody reaches, as the server lists them, and in which order they are shown. */
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";

export type Summary = components["schemas"]["RestaurantSummary"];

export interface Listed {
  readonly restaurants: readonly Summary[];
  /** Whether there are more than are shown: one searches for those. */
  readonly more: boolean;
}

const PAGE = 1_000;
/** Ten thousand rows are more than anybody looks through, and what a page holds every two seconds without effort. */
const PAGES_MAX = 10;

/** Reads the list page by page. */
export async function listOf(search: string, signal: AbortSignal): Promise<Listed> {
  const restaurants: Summary[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = { limit: PAGE, ...(search && { q: search }), ...(cursor && { cursor }) };
    const read = await answer(api.GET("/api/restaurants", { params: { query }, signal }));
    restaurants.push(...read.restaurants);
    if (read.nextCursor === null) return { restaurants, more: false };
    cursor = read.nextCursor;
  }
  return { restaurants, more: true };
}

/** Who waits longest comes first, then where most is to do; what is archived comes last. */
export function sorted(restaurants: readonly Summary[]): Summary[] {
  return restaurants.toSorted(
    (a, b) =>
      Number(a.archivedAt !== null) - Number(b.archivedAt !== null) ||
      since(a) - since(b) ||
      b.cooking - a.cooking ||
      a.name.localeCompare(b.name) ||
      (a.slug < b.slug ? -1 : 1),
  );
}

function since({ waitingSince }: Summary): number {
  return waitingSince === null ? Number.MAX_SAFE_INTEGER : Date.parse(waitingSince);
}

/** An address made of a name: what cannot stand in one becomes a hyphen. */
export function slugOf(name: string): string {
  const plain = name.normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  return plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
}

export function isSlug(slug: string): boolean {
  return /^[a-z0-9-]{1,40}$/.test(slug);
}
