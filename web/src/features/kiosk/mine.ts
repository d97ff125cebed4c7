import { create } from "zustand";
import { keep, kept } from "../../app/storage";
import { keptHere } from "../../who/place";

/** An order placed on this device, as far as the device knows. */
export interface Mine {
  readonly id: string;
  readonly number: number;
}

const STORED = keptHere("feedme:mine");
/** More than anybody follows at once; the oldest give way. */
const MAX = 20;

function stored(): Mine[] {
  try {
    const list: unknown = JSON.parse(kept(STORED) ?? "[]");
    return Array.isArray(list)
      ? list.filter((it): it is Mine => typeof it?.id === "string" && typeof it?.number === "number")
      : [];
  } catch {
    return [];
  }
}

interface State {
  readonly mine: readonly Mine[];
  follow: (order: Mine) => void;
  forget: (id: string) => void;
}

/** The orders that this device follows, newest first. */
export const useMine = create<State>((set) => {
  const change = (to: (mine: readonly Mine[]) => readonly Mine[]) =>
    set((state) => {
      const mine = to(state.mine).slice(0, MAX);
      keep(STORED, JSON.stringify(mine));
      return { mine };
    });
  // Another tab may have got the answer to what this one placed.
  window.addEventListener("storage", ({ key }) => {
    if (key === STORED) set({ mine: stored() });
  });
  return {
    mine: stored(),
    follow: ({ id, number }) => change((mine) => [{ id, number }, ...mine.filter((it) => it.id !== id)]),
    forget: (id) => change((mine) => mine.filter((it) => it.id !== id)),
  };
});
