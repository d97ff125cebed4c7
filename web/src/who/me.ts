/**
 * Who is at this device, as far as the server knows. It is kept on the device, so that a screen need not wait to know
 * what to show. Another person means another page: the page begins anew, in every tab, and knows nothing of the former.
 */
import { create } from "zustand";
import { ApiError, answer, api } from "../api/client";
import type { components } from "../api/schema";
import { keep, kept, keptNames } from "../app/storage";
import { choose, chosen } from "./place";

export type Me = components["schemas"]["User"];

const STORED = "feedme:me";

/** What this device keeps for whoever is at it, besides the orders that are not sent yet. */
const THEIRS = ["feedme:board:", "feedme:mine", "feedme:station", "feedme:station-takes-itself"];

const AGAIN_MS = 2_000;

/** Whose an order is that is placed here: an account, or a device by its name. */
export function authorOf(me: Me): string {
  return me.id ?? me.name;
}

function read(text: string | null): Me | null {
  try {
    const me = JSON.parse(text ?? "null") as Me | null;
    return typeof me?.name === "string" ? me : null;
  } catch {
    return null;
  }
}

export type Place = components["schemas"]["Reach"];

/** Where somebody may go, as far as the server has said. */
interface Places {
  readonly places: readonly Place[];
  /** Whether they are something in every restaurant. */
  readonly everywhere: boolean;
}

export const useMe = create<{ readonly me: Me | null } & Places>(() => ({
  me: read(kept(STORED)),
  places: [],
  everywhere: false,
}));

/** Whether this device keeps who it is. Then what it keeps counts: another tab may have changed it just now. */
let keeps = kept(STORED) !== null;

/** Nobody, or nobody yet. */
export const author = (): string | null => {
  const me = keeps ? read(kept(STORED)) : useMe.getState().me;
  return me && authorOf(me);
};

/** Whose page this is: what it shows was theirs from the beginning. */
let owner = author();

export const ownerOfPage = (): string | null => owner;

/** This is who it is; `null` while nobody is, or while that changes. */
export function remember(me: Me | null): void {
  owner ??= me && authorOf(me);
  useMe.setState({ me });
  keep(STORED, me && JSON.stringify(me));
  keeps ||= kept(STORED) !== null;
}

/** Forgets what is kept for whoever was here. */
export function forgetTheirs(): void {
  for (const name of THEIRS.flatMap(keptNames)) keep(name, null);
  choose(null);
}

/** Asks the server until it says who it is, or that it knows nobody here. */
export async function askWhoIsHere(): Promise<void> {
  for (;;) {
    try {
      const { user, restaurants: places, everywhere } = await answer(api.GET("/api/auth/me"));
      const here = places.find(({ slug }) => slug === chosen);
      if (chosen !== null && !here && !everywhere) {
        // They belong there no more.
        choose(null);
        location.reload();
        return;
      }
      // What somebody is differs from one restaurant to another.
      remember({ ...user, role: here?.role ?? user.role });
      useMe.setState({ places, everywhere });
      if (owner === authorOf(user)) return;
      forgetTheirs();
      location.reload();
      return;
    } catch (error) {
      if (error instanceof ApiError && error.problem?.status === 401) return;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

/** Follows what other tabs of this browser learn: `changed` is called when this page is somebody else's now. */
export function followOtherTabs(changed: () => void): void {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key !== STORED) return;
    const me = read(newValue);
    if (me && owner !== authorOf(me)) changed();
    // Somebody is about to leave or to come: until it is known who, nothing is sent for anybody.
    else useMe.setState({ me });
  });
}

/** The page shows nothing of anybody any more: whoever comes begins anew. */
export function disown(): void {
  owner = "";
  forgetTheirs();
  remember(null);
}
