/** Which bot the person at this device is, kept on it. */
import { create } from "zustand";
import { keep, kept } from "../../app/storage";
import { keptHere } from "../../who/place";

const BOT = keptHere("feedme:station");
const ITSELF = keptHere("feedme:station-takes-itself");

interface State {
  /** The bot's id; `null` until one is chosen. */
  readonly bot: string | null;
  /** A bot that was just added here, and that the board may not show yet. */
  readonly added: string | null;
  /** Whether the next order is taken as soon as there is one. */
  readonly takesItself: boolean;
  choose: (bot: string | null, added?: boolean) => void;
  takeItself: (does: boolean) => void;
}

export const useStation = create<State>((set) => ({
  bot: kept(BOT),
  added: null,
  takesItself: kept(ITSELF) === "yes",
  choose: (bot, added = false) => {
    set({ bot, added: added ? bot : null });
    keep(BOT, bot);
  },
  takeItself: (takesItself) => {
    set({ takesItself });
    keep(ITSELF, takesItself ? "yes" : "no");
  },
}));
