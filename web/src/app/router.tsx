import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  Outlet,
} from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { filterIn as auditFilterIn } from "../features/audit/filter";
import { Dashboard } from "../features/board/Dashboard";
import { filterIn } from "../features/history/filter";
import { withMoreWords } from "../i18n";
import { Button } from "../ui/Button";
import { Shell } from "./Shell";
import { keep, kept } from "./storage";
import { Titles } from "./Titles";

function NotFound() {
  const { t } = useTranslation();
  return (
    <main className="grid min-h-dvh place-content-center gap-4 p-6 text-center">
      <h1 className="text-lead">{t("notFound")}</h1>
      <Link to="/" className="min-h-11 font-bold text-press underline underline-offset-4">
        {t("goHome")}
      </Link>
    </main>
  );
}

function Root() {
  return (
    <>
      <Titles />
      <Outlet />
    </>
  );
}

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });
const dashboard = createRoute({ getParentRoute: () => shell, path: "/", component: Dashboard });
const kiosk = createRoute({
  getParentRoute: () => shell,
  path: "/order",
  component: lazyRouteComponent(() => import("../features/kiosk/Kiosk"), "Kiosk"),
});
const station = createRoute({
  getParentRoute: () => shell,
  path: "/station",
  component: lazyRouteComponent(() => import("../features/station/Station"), "Station"),
});
const history = createRoute({
  getParentRoute: () => shell,
  path: "/history",
  validateSearch: filterIn,
  // The router leaves in an address whatever it does not know.
  search: { middlewares: [({ search, next }) => filterIn({ ...next(search) })] },
  component: lazyRouteComponent(() => import("../features/history/History"), "History"),
});
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  component: lazyRouteComponent(() => import("../features/settings/Settings"), "Settings"),
});
const display = createRoute({
  getParentRoute: () => root,
  path: "/display",
  component: lazyRouteComponent(() => import("../features/ready/ReadyBoard"), "ReadyBoard"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: ({ back }): { back: string } => ({ back: ourPath(back) }),
  component: lazyRouteComponent(() => withMoreWords(import("../features/account/SignIn")), "SignIn"),
});
const setUp = createRoute({
  getParentRoute: () => root,
  path: "/set-up",
  component: lazyRouteComponent(() => withMoreWords(import("../features/account/SetUp")), "SetUp"),
});
const pair = createRoute({
  getParentRoute: () => root,
  path: "/pair",
  component: lazyRouteComponent(() => withMoreWords(import("../features/devices/Pair")), "Pair"),
});
const account = createRoute({
  getParentRoute: () => shell,
  path: "/account",
  component: lazyRouteComponent(() => withMoreWords(import("../features/account/Account")), "Account"),
});
const people = createRoute({
  getParentRoute: () => shell,
  path: "/people",
  component: lazyRouteComponent(() => withMoreWords(import("../features/people/People")), "People"),
});
const devices = createRoute({
  getParentRoute: () => shell,
  path: "/devices",
  validateSearch: ({ code }): { code?: string } => (typeof code === "string" ? { code } : {}),
  component: lazyRouteComponent(() => withMoreWords(import("../features/devices/Devices")), "Devices"),
});
const chain = createRoute({
  getParentRoute: () => shell,
  path: "/chain",
  component: lazyRouteComponent(() => withMoreWords(import("../features/chain/Chain")), "Chain"),
});
const audit = createRoute({
  getParentRoute: () => shell,
  path: "/audit",
  validateSearch: auditFilterIn,
  search: { middlewares: [({ search, next }) => auditFilterIn({ ...next(search) })] },
  component: lazyRouteComponent(() => withMoreWords(import("../features/audit/Audit")), "Audit"),
});

/** Where to go on after signing in: to a page of ours, never to another site. */
function ourPath(back: unknown): string {
  return typeof back === "string" && /^\/(?![/\\]|sign-in)/.test(back) ? back : "/";
}

/** When this page last began anew by itself. */
const BEGAN = "feedme:began-anew";

/** A part of the page is missing, as after an update of the server, or broke: it begins anew once, then says so. */
function Broken() {
  const { t } = useTranslation();
  const justBegan = Date.now() - Number(kept(BEGAN) ?? 0) < 60_000;
  useEffect(() => {
    if (justBegan) return;
    keep(BEGAN, String(Date.now()));
    // What cannot be remembered would begin anew for ever.
    if (kept(BEGAN)) location.reload();
  }, [justBegan]);
  return (
    <main className="grid h-dvh place-content-center justify-items-center gap-4 p-6 text-center">
      <h1 className="font-bold text-head">{t("broken.title")}</h1>
      <p className="max-w-prose text-lead text-soft">{t("broken.what")}</p>
      <Button look="primary" onClick={() => location.reload()}>
        {t("broken.again")}
      </Button>
    </main>
  );
}

export const router = createRouter({
  defaultErrorComponent: Broken,
  routeTree: root.addChildren([
    shell.addChildren([dashboard, kiosk, station, history, settings, account, people, devices, audit, chain]),
    display,
    signIn,
    setUp,
    pair,
  ]),
  defaultPreload: "intent",
});

// A reader, and the next press of Tab, begin where the new screen does and not where the last one ended.
router.subscribe("onRendered", ({ fromLocation, pathChanged }) => {
  if (!fromLocation || !pathChanged) return;
  const start = document.querySelector<HTMLElement>("main h1") ?? document.querySelector("main");
  if (!start) return;
  start.tabIndex = -1;
  start.focus({ preventScroll: true });
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
