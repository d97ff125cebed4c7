/** The last board, kept on the device: what a screen shows, marked with its age, while it has no network. */
import { keep, kept } from "../app/storage";
import type { BoardMessage } from "./fold";

export interface Kept {
  readonly board: BoardMessage;
  /** When the server confirmed it, by its own clock. */
  readonly confirmedAt: number;
}

export interface Shelf {
  load(): Kept | null;
  save(kept: Kept): void;
}

/** More than this does not fit into what browsers keep, and is not what a screen shows anyway. */
const ORDERS_MAX = 1_000;

/** What an older app kept has another shape; it is not read. */
const SHAPE = 2;

type Stored = Kept & { readonly shape: number; readonly author: string };

/** `owner` says whose page this is: a board is shown to whom it was kept for, and to nobody else. */
export function shelf(name: string, owner: () => string | null): Shelf {
  return {
    load() {
      try {
        const stored = JSON.parse(kept(name) ?? "null") as Stored | null;
        return stored?.shape === SHAPE && stored.author === owner() ? stored : null;
      } catch {
        return null;
      }
    },
    save(last) {
      const whose = owner();
      if (!whose || last.board.orders.length > ORDERS_MAX) return;
      keep(name, JSON.stringify({ ...last, shape: SHAPE, author: whose }));
    },
  };
}
