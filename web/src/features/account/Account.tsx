import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { say } from "../../ui/toasts";
import { useMe } from "../../who/me";
import { Part } from "../settings/fields";
import { Factor } from "./Factor";
import { Failed, PASSWORD_MIN, PasswordField, Submit, useAsking } from "./form";
import { Page } from "./Page";
import { PinPart } from "./PinPart";
import { Sessions } from "./Sessions";

/** What somebody can change about themselves. */
export function Account() {
  const { t } = useTranslation();
  const me = useMe((state) => state.me);
  if (!me) return <Page title={t("account.title")}>{null}</Page>;
  if (me.id === null)
    return (
      <Page title={t("account.title")} what={t("account.nobody")}>
        {null}
      </Page>
    );
  const demonstration = me.via === "demonstration";
  if (me.mustEnrol) {
    return (
      <Page title={t("account.title")}>
        <p role="status" className="rounded-xl bg-vip-soft px-4 py-3 font-bold text-vip-ink">
          {t("account.mustEnrol")}
        </p>
        <Factor />
      </Page>
    );
  }
  const what = demonstration ? "account.demonstration" : me.via === "pin" ? "account.byPin" : null;
  return (
    <Page title={t("account.title")} {...(what && { what: t(what) })}>
      <div className="grid items-start gap-4 desk:grid-cols-2">
        {!demonstration && (
          <div className="grid gap-4">
            <Password name={me.name} withFactor={me.secondFactor} />
            <PinPart />
          </div>
        )}
        <div className="grid gap-4">
          {!demonstration && <Factor />}
          <Sessions />
        </div>
      </div>
    </Page>
  );
}

function Password({ name, withFactor }: { name: string; withFactor: boolean }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const min = withFactor ? PASSWORD_MIN.withFactor : PASSWORD_MIN.alone;
  const asking = useAsking(min);
  const send = async () => {
    if (!current) return asking.refuse("current", t("form.needed"));
    if (fresh.length < min) return asking.refuse("new", t("form.short", { count: min }));
    const body = { current, new: fresh };
    await asking.run(async () => {
      const { ended } = await answer(api.POST("/api/auth/password", { body }));
      setCurrent("");
      setFresh("");
      say({ text: t("account.passwordChanged", { count: ended }) });
    });
  };
  return (
    <Part title={t("account.password")} what={t("account.passwordWhat")}>
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Failed asking={asking} />
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <PasswordField
          label={t("form.yourPassword")}
          name="current"
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
          wrong={asking.wrong.current}
        />
        <PasswordField
          label={t("form.newPassword")}
          name="new"
          autoComplete="new-password"
          value={fresh}
          onChange={setFresh}
          help={t("form.rule", { count: min })}
          wrong={asking.wrong.new}
        />
        <Submit asking={asking} className="justify-self-start">
          {t("account.changePassword")}
        </Submit>
      </form>
    </Part>
  );
}
