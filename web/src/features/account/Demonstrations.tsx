import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { whyNot } from "../../api/tried";
import { Button } from "../../ui/Button";
import { say } from "../../ui/toasts";
import { arrive } from "./arrive";

const KNOWN = ["normal", "vip", "manager"] as const;

/** Accounts that anybody may be, where nobody has to sign in. */
export function Demonstrations({ names }: { names: readonly string[] }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const be = async (username: string) => {
    setBusy(true);
    try {
      await arrive(() => answer(api.POST("/api/auth/demonstrate", { body: { username } })), "/");
    } catch (error) {
      say({ text: t("said.failed", { why: whyNot(t, error) }), wrong: true });
      setBusy(false);
    }
  };
  return (
    <ul className="grid gap-2">
      {names.map((name) => {
        const known = KNOWN.find((it) => it === name);
        return (
          <li key={name} className="grid">
            <Button disabled={busy} data-demonstration={name} onClick={() => void be(name)}>
              {known ? t(`person.demonstration.${known}`) : name}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
