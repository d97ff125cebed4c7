import { registerSW } from "virtual:pwa-register";
import i18next from "i18next";
import { say } from "../ui/toasts";

/** How often a screen that is never reloaded looks for a newer app. */
const LOOK_MS = 30 * 60_000;

/** Makes the app work offline, and offers a newer one when there is one: nobody is interrupted. */
export function startOffline(): void {
  if (!("serviceWorker" in navigator)) return;
  const update = registerSW({
    onNeedRefresh: () =>
      say({
        text: i18next.t("update.there"),
        stays: true,
        action: { label: i18next.t("update.use"), run: () => void update(true) },
      }),
    onRegisteredSW: (_url, registration) => {
      if (registration) setInterval(() => void registration.update().catch(() => {}), LOOK_MS);
    },
  });
}
