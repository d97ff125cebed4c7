import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { whyNot } from "../../api/tried";
import { Button } from "../../ui/Button";
import { Ask } from "../../ui/Dialog";
import { say } from "../../ui/toasts";
import { useMe } from "../../who/me";
import { homeOf, maySee } from "../../who/rights";
import { countUnsent } from "../board/actions";
import { leave } from "./arrive";
import { Demonstrations } from "./Demonstrations";
import { PinSwitch } from "./PinSwitch";
import { useWays } from "./SignIn";

const LINK = "flex min-h-12 items-center rounded-lg px-4 hover:bg-press-soft aria-[current=page]:font-bold";

const SCREENS = [
  ["/chain", "chain"],
  ["/people", "people"],
  ["/devices", "devices"],
  ["/audit", "audit"],
] as const;

function close() {
  document.getElementById("person")?.hidePopover();
}

/** Who is here, where that leads, who else could be, and the way out. */
export function PersonMenu() {
  const { t } = useTranslation();
  const me = useMe((state) => state.me);
  const chain = useMe(
    (state) => state.places.length > 1 || (state.everywhere && state.me?.role === "MANAGER"),
  );
  const back = useLocation({ select: ({ href }) => href });
  const ways = useWays();
  const [asking, ask] = useState<{ unsent: number } | null>(null);
  const unsentOfMine = useUnsent();
  if (!me) return null;
  const device = me.via === "key";
  const signedIn = me.id !== null || device;
  const people = (ways?.people ?? []).filter(({ id }) => id !== me.id);
  const out = async () => {
    try {
      await leave();
    } catch (error) {
      say({ text: t("said.failed", { why: whyNot(t, error) }), wrong: true });
    }
  };
  const signOut = async () => {
    close();
    const unsent = await countUnsent().catch(() => 0);
    if (unsent > 0 || device) ask({ unsent });
    else void out();
  };
  return (
    <div className="grid gap-1">
      <div className="px-4 py-2">
        <p className="font-bold text-lead">{me.name}</p>
        <p className="text-soft">
          {t("person.signedIn", { role: t(`role.${me.role}`) })}
          {me.via === "pin" && `, ${t("person.byPin")}`}
        </p>
      </div>
      {ways?.open && (
        <section aria-label={t("person.openTitle")} className="grid gap-2 rounded-xl bg-vip-soft p-3">
          <p className="text-small text-vip-ink">
            <strong>{t("person.openTitle")}.</strong> {t("person.openWhat")}
          </p>
          <Demonstrations names={ways.demonstrations} />
          {me.via === "demonstration" && (
            <Button onClick={() => void signOut()}>{t("person.leaveDemonstration")}</Button>
          )}
        </section>
      )}
      {people.length > 0 && (
        <section aria-label={t("person.people")} className="grid gap-2 rounded-xl bg-well p-3">
          {unsentOfMine > 0 && (
            <p className="text-late text-small">
              {t("signIn.unsent", { count: unsentOfMine, name: me.name })}
            </p>
          )}
          <PinSwitch people={people} to={homeOf("NORMAL")} />
        </section>
      )}
      {me.id !== null && (
        <Link to="/account" className={LINK} onClick={close}>
          {t("person.account")}
        </Link>
      )}
      {SCREENS.filter(([to]) => (to === "/chain" ? chain : maySee(me, to))).map(([to, key]) => (
        <Link key={to} to={to} className={LINK} onClick={close}>
          {t(`nav.${key}`)}
        </Link>
      ))}
      {!device && (
        <Link to="/sign-in" search={{ back }} className={LINK} onClick={close}>
          {t("person.signInAs")}
        </Link>
      )}
      {signedIn && me.via !== "demonstration" && (
        <Button className="m-1" onClick={() => void signOut()}>
          {t(device ? "person.signOutDevice" : "person.signOut")}
        </Button>
      )}
      <Ask
        open={asking !== null}
        onClose={() => ask(null)}
        title={t(asking?.unsent ? "person.unsentTitle" : "person.unpairTitle")}
        what={asking?.unsent ? t("person.unsentWhat", { count: asking.unsent }) : t("person.unpairWhat")}
        confirm={t(
          asking?.unsent ? "person.unsentConfirm" : device ? "person.signOutDevice" : "person.signOut",
        )}
        onConfirm={() => void out()}
      />
    </div>
  );
}

/** How many orders wait for whoever is here, while the menu is open. */
function useUnsent(): number {
  const [unsent, setUnsent] = useState(0);
  useEffect(() => {
    countUnsent().then(setUnsent, () => {});
  }, []);
  return unsent;
}
