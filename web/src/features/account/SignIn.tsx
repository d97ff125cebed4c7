import { Link, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/Button";
import { arrive, begin } from "./arrive";
import { Demonstrations } from "./Demonstrations";
import { CodeField, Failed, Field, PasswordField, Submit, useAsking } from "./form";
import { Outside } from "./Outside";
import { PinSwitch } from "./PinSwitch";

type Ways = components["schemas"]["Ways"];

/** How one may come in here; `null` until the server has said so. */
export function useWays(): Ways | null {
  const [ways, setWays] = useState<Ways | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    answer(api.GET("/api/auth/ways", { signal: controller.signal }))
      .then(setWays)
      .catch(() => {});
    return () => controller.abort();
  }, []);
  return ways;
}

/** Where everything leads that the server answers only to people it knows. */
export function SignIn() {
  const { t } = useTranslation();
  const { back } = useSearch({ from: "/sign-in" });
  const ways = useWays();
  const [byPassword, setByPassword] = useState(false);
  const people = ways?.people ?? [];
  const byPin = people.length > 0 && !byPassword;
  return (
    <Outside>
      <div className="grid gap-2 text-center">
        <h1 className="font-bold text-head">{t(ways?.open ? "signIn.openTitle" : "signIn.title")}</h1>
        <p className="text-soft">{t(ways?.open ? "signIn.openWhat" : "signIn.what")}</p>
      </div>
      {ways?.setUp && (
        <p role="status" className="rounded-xl bg-vip-soft px-4 py-3 text-vip-ink">
          {t("signIn.noAccounts")}
        </p>
      )}
      <section
        aria-label={t("signIn.submit")}
        className="grid gap-5 rounded-2xl bg-card p-5 shadow-card tablet:p-6"
      >
        {byPin ? <PinSwitch people={people} to={back} /> : <SignInForm to={back} />}
        {people.length > 0 && (
          <Button look="bare" onClick={() => setByPassword(byPin)}>
            {t(byPin ? "signIn.byPassword" : "signIn.byPin")}
          </Button>
        )}
      </section>
      {ways?.open && (
        <>
          <Button onClick={() => begin(back)}>{t("signIn.goBack")}</Button>
          <p className="text-center text-soft">{t("signIn.asOthers")}</p>
          <Demonstrations names={ways.demonstrations} />
        </>
      )}
      {ways && !ways.open && (
        <p className="text-center">
          <Link
            to="/pair"
            className="inline-grid min-h-11 place-items-center text-press underline underline-offset-4"
          >
            {t("signIn.pair")}
          </Link>
        </p>
      )}
    </Outside>
  );
}

interface FormProps {
  to: string;
  /** Whose password is asked for, where that is known. */
  as?: string;
  submit?: string;
}

/** Name and password, and then a code from those who have a second factor. */
export function SignInForm({ to, as, submit }: FormProps) {
  const { t } = useTranslation();
  const [username, setUsername] = useState(as ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState<string | null>(null);
  const asking = useAsking(undefined, (said) => {
    if (said !== "secondFactorNeeded") return false;
    setCode("");
    return true;
  });
  const needed = t("form.needed");
  const send = () => {
    const name = username.trim();
    if (!name) return asking.refuse("username", needed);
    if (!password) return asking.refuse("password", needed);
    if (code?.trim() === "") return asking.refuse("code", needed);
    const body = { username: name, password, ...(code && { code: code.trim() }) };
    void asking.run(() => arrive(() => answer(api.POST("/api/auth/login", { body })), to));
  };
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Failed asking={asking} />
      {code === null ? (
        <>
          <Field
            label={t("form.username")}
            name="username"
            autoComplete="username"
            maxLength={64}
            readOnly={as !== undefined}
            value={username}
            onChange={setUsername}
            wrong={asking.wrong.username}
          />
          <PasswordField
            label={t("form.password")}
            name="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
            wrong={asking.wrong.password}
          />
        </>
      ) : (
        <>
          <p role="status">{t("signIn.codeFor", { name: username })}</p>
          <CodeField
            autoFocus
            name="code"
            value={code}
            onChange={setCode}
            help={t("form.codeWhat")}
            wrong={asking.wrong.code}
          />
        </>
      )}
      <Submit asking={asking} className="min-h-12">
        {asking.busy ? t("signIn.working") : (submit ?? t("signIn.submit"))}
      </Submit>
      {code !== null && (
        <Button
          look="bare"
          onClick={() => {
            asking.clear();
            setCode(null);
            setPassword("");
          }}
        >
          {t("signIn.other")}
        </Button>
      )}
    </form>
  );
}
