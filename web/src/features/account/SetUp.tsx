import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { arrive } from "./arrive";
import { Failed, Field, PASSWORD_MIN, PasswordField, Submit, useAsking } from "./form";
import { Outside } from "./Outside";

/** Read before it is taken out of the address: nobody finds it in a history, or over a shoulder. */
const token = location.hash.slice(1);

/** Makes the first account, with the link that the server printed. */
export function SetUp() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const asking = useAsking();
  useEffect(() => {
    if (location.hash) void navigate({ to: "/set-up", hash: "", replace: true });
  }, [navigate]);
  const send = () => {
    const name = username.trim();
    if (!name) return asking.refuse("username", t("form.needed"));
    if (password.length < PASSWORD_MIN.alone) {
      return asking.refuse("password", t("form.short", { count: PASSWORD_MIN.alone }));
    }
    const body = { link: token, username: name, password };
    void asking.run(() => arrive(() => answer(api.POST("/api/auth/setup", { body })), "/"));
  };
  return (
    <Outside>
      <div className="grid gap-2 text-center">
        <h1 className="font-bold text-head">{t("setUp.title")}</h1>
        <p className="text-soft">{t(token ? "setUp.what" : "setUp.noLink")}</p>
      </div>
      {token && (
        <form
          noValidate
          className="grid gap-4 rounded-2xl bg-card p-5 shadow-card tablet:p-6"
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <Failed asking={asking} />
          <Field
            label={t("form.username")}
            name="username"
            autoComplete="username"
            maxLength={64}
            value={username}
            onChange={setUsername}
            wrong={asking.wrong.username}
          />
          <PasswordField
            label={t("form.password")}
            name="password"
            autoComplete="new-password"
            value={password}
            onChange={setPassword}
            help={t("form.rule", { count: PASSWORD_MIN.alone })}
            wrong={asking.wrong.password}
          />
          <Submit asking={asking} className="min-h-12">
            {t(asking.busy ? "setUp.working" : "setUp.submit")}
          </Submit>
        </form>
      )}
    </Outside>
  );
}
