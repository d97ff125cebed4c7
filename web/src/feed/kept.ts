/** The last board, kept on the device: what a screen shows, marked with its age, while it has no network. */
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

export function shelf(name: string, storage: Pick<Storage, "getItem" | "setItem"> = localStorage): Shelf {
  return {
    load() {
      try {
        const kept = JSON.parse(storage.getItem(name) ?? "null") as Kept | null;
        return kept && Array.isArray(kept.board?.orders) && typeof kept.confirmedAt === "number"
          ? kept
          : null;
      } catch {
        return null;
      }
    },
    save(kept) {
      if (kept.board.orders.length > ORDERS_MAX) return;
      try {
        storage.setItem(name, JSON.stringify(kept));
      } catch {
        // No room, or not allowed: then there is no last board.
      }
    },
  };
}
