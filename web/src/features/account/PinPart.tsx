import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { Button } from "../../ui/Button";
import { say } from "../../ui/toasts";
import { remember, useMe } from "../../who/me";
import { Part } from "../settings/fields";
import { Failed, PasswordField, PinField, Submit, useAsking } from "./form";

/** Digits instead of the password, on this device. */
export function PinPart() {
  const { t } = useTranslation();
  const isSet = useMe(({ me }) => me?.pin ?? false);
  const [password, setPassword] = useState("");
  const [pin, setPin] = useState("");
  const asking = useAsking();
  const set = async () => {
    if (!/^\d{4,8}$/.test(pin)) return asking.refuse("pin", t("form.pinWhat"));
    if (!password) return asking.refuse("password", t("form.needed"));
    await asking.run(async () => {
      const { user } = await answer(api.POST("/api/auth/pin", { body: { password, pin } }));
      remember(user);
      setPassword("");
      setPin("");
      say({ text: t("account.pinIsSet") });
    });
  };
  const remove = () =>
    asking.run(async () => {
      const { user } = await answer(api.DELETE("/api/auth/pin"));
      remember(user);
      say({ text: t("account.pinIsGone") });
    });
  return (
    <Part title={t("account.pin")} what={t("account.pinWhat")}>
      {isSet && (
        <p className="rounded-lg bg-ready-soft px-3 py-2 font-bold text-ready">{t("account.pinSet")}</p>
      )}
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void set();
        }}
      >
        <Failed asking={asking} />
        <PinField
          name="pin"
          value={pin}
          onChange={(typed) => setPin(typed.replace(/\D/g, ""))}
          help={t("form.pinWhat")}
          wrong={asking.wrong.pin}
        />
        <PasswordField
          label={t("form.yourPassword")}
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          wrong={asking.wrong.password}
        />
        <div className="flex flex-wrap gap-2">
          <Submit asking={asking}>{t(isSet ? "account.changePin" : "account.setPin")}</Submit>
          {isSet && (
            <Button disabled={asking.busy} onClick={() => void remove()}>
              {t("account.removePin")}
            </Button>
          )}
        </div>
      </form>
    </Part>
  );
}
