import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { whyNot } from "../../api/tried";
import { Button } from "../../ui/Button";
import { Ask } from "../../ui/Dialog";
import { Person } from "../../ui/icons";
import { say } from "../../ui/toasts";
import { useMe } from "../../who/me";
import { Answered, refresh, useAsked } from "../account/asked";
import { Failed, PASSWORD_MIN, PasswordField, Submit, useAsking } from "../account/form";
import { SessionList } from "../account/Sessions";
import type { Account } from "./People";
import { PlacesChoice, useRun } from "./PlacesChoice";
import { RoleChoice } from "./RoleChoice";

const ROLES = ["NORMAL", "VIP", "MANAGER"] as const;

/** One account, and what can be changed about it. */
export function Somebody({ user }: { user: Account }) {
  const { t } = useTranslation();
  const me = useMe(({ me }) => me?.id);
  const [open, setOpen] = useState(false);
  const panel = useId();
  const { username: name, role } = user;
  const own = user.id === me;
  return (
    <article
      aria-label={name}
      data-user={name}
      className={`rounded-xl border border-line bg-card ${open ? "shadow-card" : ""}`}
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
        <Person className="size-6 text-soft" />
        <div className="min-w-0 grow">
          <p className={`font-bold text-lead ${user.deletedAt ? "line-through opacity-75" : ""}`}>{name}</p>
          <p className="flex flex-wrap items-center gap-x-2 text-soft">
            {t(`role.${role}`)}
            {user.everywhere && <Badge>{t("people.everywhere")}</Badge>}
            {user.restaurants.length > 1 && <Badge>{user.restaurants.join(", ")}</Badge>}
            {own && <Badge>{t("people.you")}</Badge>}
            {user.secondFactor && <Badge tone="bg-ready-soft text-ready">{t("people.factor")}</Badge>}
            {user.disabledAt && <Badge tone="bg-late-soft text-late">{t("people.disabled")}</Badge>}
          </p>
        </div>
        {user.deletedAt ? (
          <Restore user={user} />
        ) : (
          !own && (
            <Button
              aria-expanded={open}
              aria-controls={panel}
              aria-label={t("people.changeOf", { name })}
              onClick={() => setOpen(!open)}
            >
              {t("people.change")}
            </Button>
          )
        )}
      </div>
      <div id={panel} hidden={!open}>
        {open && <Changes user={user} onGone={() => setOpen(false)} />}
      </div>
    </article>
  );
}

function Badge({ children, tone = "bg-well text-ink" }: { children: ReactNode; tone?: string }) {
  return <span className={`rounded-md px-1.5 py-0.5 text-small ${tone}`}>{children}</span>;
}

/** Does it, says that it is done or why not, and shows how it is now. */
function useDoing() {
  const { t } = useTranslation();
  return async (ask: () => Promise<string>): Promise<void> => {
    try {
      say({ text: await ask() });
    } catch (error) {
      say({ text: t("said.failed", { why: whyNot(t, error) }), wrong: true });
    }
    await refresh("users");
  };
}

function Restore({ user }: { user: Account }) {
  const { t } = useTranslation();
  const doing = useDoing();
  const params = { path: { id: user.id } };
  const restore = async () => {
    await answer(api.POST("/api/users/{id}/restore", { params }));
    return t("people.isRestored", { name: user.username });
  };
  return <Button onClick={() => void doing(restore)}>{t("people.restore")}</Button>;
}

function Changes({ user, onGone }: { user: Account; onGone: () => void }) {
  const { t } = useTranslation();
  const doing = useDoing();
  const [asking, ask] = useState<"delete" | "factor" | null>(null);
  const [role, setRole] = useState(user.role);
  const [restaurants, setRestaurants] = useState<readonly string[]>(user.restaurants);
  const several = useRun().length > 1 && !user.everywhere;
  const same = restaurants.length === user.restaurants.length;
  const { username: name } = user;
  const params = { path: { id: user.id } };
  const patch = (body: components["schemas"]["UserPatch"], said: string) => async () => {
    await answer(api.PATCH("/api/users/{id}", { params, body }));
    return said;
  };
  const remove = async () => {
    await answer(api.DELETE("/api/users/{id}", { params }));
    onGone();
    return t("people.isDeleted", { name });
  };
  const endSessions = async () => {
    const { ended } = await answer(api.DELETE("/api/users/{id}/sessions", { params }));
    await refresh(`sessions of ${user.id}`);
    return t("people.sessionsEnded", { count: ended, name });
  };
  const resetFactor = async () => {
    await answer(api.DELETE("/api/users/{id}/second-factor", { params }));
    return t("people.factorReset", { name });
  };
  return (
    <div className="grid gap-4 border-line border-t p-4">
      <p className="text-small text-soft">{t("people.endsSessions")}</p>
      <div className="grid items-start gap-6 desk:grid-cols-2">
        <div className="grid gap-3">
          <RoleChoice label={t("people.roleOf", { name })} roles={ROLES} role={role} onChange={setRole} />
          <Button
            className="justify-self-start"
            disabled={role === user.role}
            onClick={() =>
              void doing(patch({ role }, t("people.roleChanged", { name, role: t(`role.${role}`) })))
            }
          >
            {t("people.setRole")}
          </Button>
        </div>
        <SetPassword user={user} />
        {several && (
          <div className="grid gap-3">
            <PlacesChoice chosen={restaurants} onChange={setRestaurants} />
            <Button
              className="justify-self-start"
              disabled={
                restaurants.length === 0 || (same && restaurants.every((it) => user.restaurants.includes(it)))
              }
              onClick={() => {
                const said = t("people.moved", { name, restaurants: restaurants.join(", ") });
                void doing(patch({ restaurants: [...restaurants] }, said));
              }}
            >
              {t("people.setRestaurants")}
            </Button>
          </div>
        )}
      </div>
      <TheirSessions user={user} />
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => void doing(endSessions)}>{t("people.endSessions")}</Button>
        {user.secondFactor && <Button onClick={() => ask("factor")}>{t("people.resetFactor")}</Button>}
        <Button
          onClick={() =>
            void doing(
              user.disabledAt
                ? patch({ disabled: false }, t("people.isEnabled", { name }))
                : patch({ disabled: true }, t("people.isDisabled", { name })),
            )
          }
        >
          {t(user.disabledAt ? "people.enable" : "people.disable")}
        </Button>
        <Button look="danger" onClick={() => ask("delete")}>
          {t("people.delete")}
        </Button>
      </div>
      <Ask
        open={asking === "delete"}
        onClose={() => ask(null)}
        title={t("people.deleteTitle", { name })}
        what={t("people.deleteWhat")}
        confirm={t("people.delete")}
        onConfirm={() => void doing(remove)}
      />
      <Ask
        open={asking === "factor"}
        onClose={() => ask(null)}
        title={t("people.resetFactorTitle", { name })}
        what={t("people.resetFactorWhat")}
        confirm={t("people.resetFactor")}
        onConfirm={() => void doing(resetFactor)}
      />
    </div>
  );
}

/** Where somebody is signed in: a telephone that was lost is found here. */
function TheirSessions({ user }: { user: Account }) {
  const { t } = useTranslation();
  const doing = useDoing();
  const name = `sessions of ${user.id}`;
  const path = { id: user.id };
  const asked = useAsked(name, (signal) =>
    answer(api.GET("/api/users/{id}/sessions", { params: { path }, signal })),
  );
  const end = async (session: string) => {
    const params = { path: { ...path, session } };
    const { ended } = await answer(api.DELETE("/api/users/{id}/sessions/{session}", { params }));
    await refresh(name);
    return t("people.sessionsEnded", { count: ended, name: user.username });
  };
  return (
    <Answered asked={asked}>
      {({ sessions }) =>
        sessions.length > 0 && <SessionList sessions={sessions} onEnd={(id) => void doing(() => end(id))} />
      }
    </Answered>
  );
}

function SetPassword({ user }: { user: Account }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const min = user.secondFactor ? PASSWORD_MIN.withFactor : PASSWORD_MIN.alone;
  const asking = useAsking(min);
  const send = async () => {
    if (password.length < min) return asking.refuse("password", t("form.short", { count: min }));
    const params = { path: { id: user.id } };
    const set = await asking.run(() => answer(api.PATCH("/api/users/{id}", { params, body: { password } })));
    if (!set) return;
    setPassword("");
    say({ text: t("people.passwordSet", { name: user.username }) });
    await refresh("users");
  };
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Failed asking={asking} />
      <PasswordField
        label={t("form.newPassword")}
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
        help={t("form.rule", { count: min })}
        wrong={asking.wrong.password}
      />
      <Submit asking={asking} look="quiet" className="justify-self-start">
        {t("people.setPassword")}
      </Submit>
    </form>
  );
}
