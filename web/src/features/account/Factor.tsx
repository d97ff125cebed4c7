import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { Button } from "../../ui/Button";
import { Copy } from "../../ui/Copy";
import { say } from "../../ui/toasts";
import { askWhoIsHere, useMe } from "../../who/me";
import { Part } from "../settings/fields";
import { Answered, refresh, useAsked } from "./asked";
import { CodeField, Failed, PasswordField, Submit, useAsking } from "./form";
import { RecoveryCodes } from "./RecoveryCodes";

const Qr = lazy(async () => ({ default: (await import("../../ui/Qr")).Qr }));

/** What a telephone needs to make codes. */
interface Secret {
  readonly secret: string;
  readonly uri: string;
}

/** A code from a telephone besides the password. */
export function Factor() {
  const { t } = useTranslation();
  const asked = useAsked("second-factor", (signal) => answer(api.GET("/api/auth/second-factor", { signal })));
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const changed = async () => {
    await refresh("second-factor");
    await askWhoIsHere();
  };
  return (
    <Part title={t("account.factor")} what={t("account.factorWhat")}>
      {codes ? (
        <RecoveryCodes
          codes={codes}
          onKept={() => {
            setCodes(null);
            void changed();
          }}
        />
      ) : (
        <Answered asked={asked}>
          {({ enabled, required, recoveryCodesLeft }) =>
            enabled ? (
              <On left={recoveryCodesLeft} required={required} onCodes={setCodes} onEnded={changed} />
            ) : (
              <Off onCodes={setCodes} />
            )
          }
        </Answered>
      )}
    </Part>
  );
}

function Off({ onCodes }: { onCodes: (codes: readonly string[]) => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [secret, setSecret] = useState<Secret | null>(null);
  const asking = useAsking();
  if (secret) return <Confirm secret={secret} onCodes={onCodes} onBack={() => setSecret(null)} />;
  const begin = async () => {
    if (!password) return asking.refuse("password", t("form.needed"));
    await asking.run(async () =>
      setSecret(await answer(api.POST("/api/auth/second-factor", { body: { password } }))),
    );
  };
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void begin();
      }}
    >
      <p className="rounded-lg bg-well px-3 py-2 font-bold">{t("account.factorOff")}</p>
      <Failed asking={asking} />
      <PasswordField
        label={t("form.yourPassword")}
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        wrong={asking.wrong.password}
      />
      <Submit asking={asking} className="justify-self-start">
        {t("account.setUpFactor")}
      </Submit>
    </form>
  );
}

interface ConfirmProps {
  secret: Secret;
  onCodes: (codes: readonly string[]) => void;
  onBack: () => void;
}

function Confirm({ secret, onCodes, onBack }: ConfirmProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const asking = useAsking();
  const confirm = async () => {
    if (!/^\d{6}$/.test(code.replaceAll(" ", ""))) return asking.refuse("code", t("form.sixDigits"));
    const body = { code: code.replaceAll(" ", "") };
    await asking.run(async () => {
      const { recoveryCodes } = await answer(api.POST("/api/auth/second-factor/confirm", { body }));
      onCodes(recoveryCodes);
    });
  };
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      <p className="font-bold">{t("account.scan")}</p>
      <Suspense fallback={<div className="size-56 rounded-xl bg-well" />}>
        <Qr text={secret.uri} label={t("account.scanLabel")} className="size-56" />
      </Suspense>
      <div className="grid gap-1">
        <p>{t("account.orType")}</p>
        <div className="flex flex-wrap items-center gap-2">
          <code data-secret className="rounded-lg bg-well px-3 py-2 font-bold font-sans tracking-wider">
            {secret.secret.replace(/.{4}(?=.)/g, "$& ")}
          </code>
          <Copy text={secret.secret} />
        </div>
      </div>
      <Failed asking={asking} />
      <CodeField
        name="code"
        inputMode="numeric"
        value={code}
        onChange={setCode}
        help={t("form.sixDigits")}
        wrong={asking.wrong.code}
      />
      <div className="flex flex-wrap gap-2">
        <Submit asking={asking}>{t("account.confirmFactor")}</Submit>
        <Button look="bare" onClick={onBack}>
          {t("form.cancel")}
        </Button>
      </div>
    </form>
  );
}

interface OnProps {
  left: number;
  required: boolean;
  onCodes: (codes: readonly string[]) => void;
  onEnded: () => Promise<void>;
}

function On({ left, required, onCodes, onEnded }: OnProps) {
  const { t } = useTranslation();
  const [doing, setDoing] = useState<"codes" | "end" | null>(null);
  return (
    <>
      <p className="rounded-lg bg-ready-soft px-3 py-2 font-bold text-ready">
        {t("account.factorOn")} {t("account.codesLeft", { count: left })}
      </p>
      {doing ? (
        <Prove key={doing} doing={doing} onCodes={onCodes} onEnded={onEnded} onBack={() => setDoing(null)} />
      ) : (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setDoing("codes")}>{t("account.newCodes")}</Button>
          {!required && <Button onClick={() => setDoing("end")}>{t("account.endFactor")}</Button>}
        </div>
      )}
    </>
  );
}

interface ProveProps extends Pick<OnProps, "onCodes" | "onEnded"> {
  doing: "codes" | "end";
  onBack: () => void;
}

/** Both change how one comes in, so both want password and code. */
function Prove({ doing, onCodes, onEnded, onBack }: ProveProps) {
  const { t } = useTranslation();
  const name = useMe(({ me }) => me?.name ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const asking = useAsking();
  const send = async () => {
    if (!password) return asking.refuse("password", t("form.needed"));
    if (!code.trim()) return asking.refuse("code", t("form.needed"));
    const body = { password, code: code.trim() };
    await asking.run(async () => {
      if (doing === "codes") {
        const path = "/api/auth/second-factor/recovery-codes";
        const { recoveryCodes } = await answer(api.POST(path, { body }));
        onCodes(recoveryCodes);
      } else {
        await answer(api.DELETE("/api/auth/second-factor", { body }));
        say({ text: t("account.factorEnded") });
        await onEnded();
      }
    });
  };
  return (
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
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        wrong={asking.wrong.password}
      />
      <CodeField value={code} onChange={setCode} help={t("form.codeWhat")} wrong={asking.wrong.code} />
      <div className="flex flex-wrap gap-2">
        <Submit asking={asking} look={doing === "end" ? "danger" : "primary"}>
          {t(doing === "end" ? "account.endFactor" : "account.newCodes")}
        </Submit>
        <Button look="bare" onClick={onBack}>
          {t("form.cancel")}
        </Button>
      </div>
    </form>
  );
}
