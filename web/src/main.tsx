import "@fontsource/atkinson-hyperlegible-next/latin-400.css";
import "@fontsource/atkinson-hyperlegible-next/latin-700.css";
import "./app.css";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { onSignedOut } from "./api/client";
import { router } from "./app/router";
import { startTheme } from "./app/theme";
import { startOffline } from "./app/update";
import { sendWhatWaits } from "./features/board/actions";
import { Feed } from "./feed/feed";
import { FeedContext } from "./feed/react";
import { startLanguages } from "./i18n";
import { askWhoIsHere, disown, followOtherTabs } from "./who/me";
import { BASE } from "./who/place";

const Toaster = lazy(async () => ({ default: (await import("./ui/Toaster")).Toaster }));

startTheme();
await startLanguages();

const feed = new Feed(BASE);
window.addEventListener("online", () => {
  feed.hurry();
  void sendWhatWaits();
});

/** What strangers see. */
const OUTSIDE = ["/sign-in", "/set-up", "/pair"];

onSignedOut(() => {
  const { pathname, href } = router.state.location;
  feed.close();
  disown();
  if (!OUTSIDE.includes(pathname))
    void router.navigate({ to: "/sign-in", search: { back: href }, replace: true });
});
followOtherTabs(() => {
  const { pathname, search } = router.state.location;
  if (pathname === "/sign-in") location.replace(search.back ?? "/");
  else location.reload();
});
void sendWhatWaits();
void askWhoIsHere().then(sendWhatWaits);

const element = document.getElementById("root");
if (!element) throw new Error("the page has no root");
createRoot(element).render(
  <StrictMode>
    <FeedContext value={feed}>
      <RouterProvider router={router} />
      <Suspense>
        <Toaster />
      </Suspense>
    </FeedContext>
  </StrictMode>,
);

startOffline();
