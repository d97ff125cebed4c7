import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { useShown } from "../../feed/react";
import { Button } from "../../ui/Button";
import { Plus } from "../../ui/icons";
import { say } from "../../ui/toasts";
import { useMe } from "../../who/me";
import type { Role } from "../../who/rights";
import { Answered, refresh, useAsked } from "../account/asked";
import { Failed, Field, PASSWORD_MIN, PasswordField, Submit, useAsking } from "../account/form";
import { Page } from "../account/Page";
import { Part } from "../settings/fields";
import { PlacesChoice, useRun } from "./PlacesChoice";
import { RoleChoice } from "./RoleChoice";
import { Somebody } from "./Somebody";

export type Account = components["schemas"]["AccountView"];

/** Whom the restaurant knows. */
export function People() {
  const { t } = useTranslation();
  return (
    <Page title={t("people.title")} what={t("people.what")} locked>
      <All />
    </Page>
  );
}

function All() {
  const { t } = useTranslation();
  const me = useMe(({ me }) => me?.id);
  const asked = useAsked("users", (signal) => answer(api.GET("/api/users", { signal })));
  const [adding, setAdding] = useState(false);
  return (
    <>
      {adding ? (
        <Add onDone={() => setAdding(false)} />
      ) : (
        <Button look="primary" className="justify-self-start" onClick={() => setAdding(true)}>
          <Plus />
          {t("people.add")}
        </Button>
      )}
      <Answered asked={asked}>
        {({ users }) => {
          const there = users.filter(({ deletedAt }) => deletedAt === null);
          const deleted = users.filter(({ deletedAt }) => deletedAt !== null);
          const others = there.some(({ id }) => id !== me);
          return (
            <>
              <List users={there} />
              {!others && <p className="rounded-2xl bg-well p-6 text-center text-lead">{t("people.none")}</p>}
              {deleted.length > 0 && (
                <section aria-label={t("people.deletedTitle")} className="grid gap-2">
                  <h2 className="font-bold text-lead">{t("people.deletedTitle")}</h2>
                  <List users={deleted} />
                </section>
              )}
            </>
          );
        }}
      </Answered>
    </>
  );
}

function List({ users }: { users: readonly Account[] }) {
  return (
    <ul className="grid gap-2">
      {users.map((user) => (
        <li key={user.id}>
          <Somebody user={user} />
        </li>
      ))}
    </ul>
  );
}

const ROLES = ["NORMAL", "VIP", "MANAGER"] as const;

function Add({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("NORMAL");
  const here = useShown(({ board }) => board?.restaurant.slug);
  const several = useRun().length > 1 && here !== undefined;
  const [chosen, choose] = useState<readonly string[] | null>(null);
  const places = chosen ?? (here ? [here] : []);
  const asking = useAsking();
  const send = async () => {
    const name = username.trim();
    if (!name) return asking.refuse("username", t("form.needed"));
    if (password.length < PASSWORD_MIN.alone) {
      return asking.refuse("password", t("form.short", { count: PASSWORD_MIN.alone }));
    }
    if (several && places.length === 0) return asking.refuse("username", t("people.oneAtLeast"));
    const body = { username: name, password, role, ...(several && { restaurants: [...places] }) };
    const added = await asking.run(() => answer(api.POST("/api/users", { body })));
    if (!added) return;
    say({ text: t("people.added", { name }) });
    onDone();
    await refresh("users");
  };
  return (
    <Part title={t("people.addTitle")}>
      <form
        noValidate
        className="grid gap-4 desk:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <div className="grid content-start gap-4">
          <Field
            autoFocus
            label={t("form.username")}
            autoComplete="off"
            maxLength={64}
            value={username}
            onChange={setUsername}
            wrong={asking.wrong.username}
          />
          <PasswordField
            label={t("form.password")}
            autoComplete="new-password"
            value={password}
            onChange={setPassword}
            help={t("form.rule", { count: PASSWORD_MIN.alone })}
            wrong={asking.wrong.password}
          />
        </div>
        <RoleChoice label={t("people.role")} roles={ROLES} role={role} onChange={setRole} />
        {several && <PlacesChoice chosen={places} onChange={choose} />}
        <div className="grid gap-3 desk:col-span-2">
          <Failed asking={asking} />
          <div className="flex flex-wrap gap-2">
            <Submit asking={asking}>{t("people.addSubmit")}</Submit>
            <Button look="bare" onClick={onDone}>
              {t("form.cancel")}
            </Button>
          </div>
        </div>
      </form>
    </Part>
  );
}
