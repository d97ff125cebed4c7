import { registerSW } from "virtual:pwa-register";
import i18next from "i18next";
import { create } from "zustand";
import { say } from "../ui/toasts";

/** Changes to a newer app, when there is one. */
export const useUpdate = create<{ readonly update: (() => void) | null }>(() => ({ update: null }));

/** How often a screen that is never reloaded looks for a newer app. */
const LOOK_MS = 30 * 60_000;

/** Makes the app work offline, and offers a newer one when there is one: nobody is interrupted. */
export function startOffline(): void {
  if (!("serviceWorker" in navigator)) return;
  const update = registerSW({
    onNeedRefresh: () => {
      useUpdate.setState({ update: () => void update(true) });
      // Nothing may lie over the numbers of a television that nobody touches: its footer offers it.
      if (location.pathname === "/display") return;
      say({
        text: i18next.t("update.there"),
        stays: true,
        action: { label: i18next.t("update.use"), run: () => void update(true) },
      });
    },
    onRegisteredSW: (_url, registration) => {
      if (registration) setInterval(() => void registration.update().catch(() => {}), LOOK_MS);
    },
  });
}
