import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { Button } from "../../ui/Button";
import { Person } from "../../ui/icons";
import { arrive } from "./arrive";
import { Failed, PinField, Submit, useAsking } from "./form";

interface Somebody {
  readonly id: string;
  readonly username: string;
}

/** People who have a PIN on this device: one of them goes on, without typing a password. */
export function PinSwitch({ people, to }: { people: readonly Somebody[]; to: string }) {
  const { t } = useTranslation();
  const [who, setWho] = useState<Somebody | null>(null);
  if (who) return <Pin who={who} to={to} onBack={() => setWho(null)} />;
  return (
    <div className="grid gap-2">
      <h2 className="font-bold">{t("signIn.who")}</h2>
      <ul className="grid gap-2">
        {people.map((each) => (
          <li key={each.id} className="grid">
            <Button className="justify-start" onClick={() => setWho(each)}>
              <Person />
              {each.username}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Pin({ who, to, onBack }: { who: Somebody; to: string; onBack: () => void }) {
  const { t } = useTranslation();
  const [pin, setPin] = useState("");
  const asking = useAsking();
  const send = async () => {
    if (pin.length < 4) return asking.refuse("pin", t("form.pinWhat"));
    const body = { user: who.id, pin };
    const came = await asking.run(() => arrive(() => answer(api.POST("/api/auth/switch", { body })), to));
    if (!came) setPin("");
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
      <PinField
        autoFocus
        label={t("signIn.pinFor", { name: who.username })}
        value={pin}
        onChange={setPin}
        wrong={asking.wrong.pin}
      />
      <Submit asking={asking}>{t("signIn.switch", { name: who.username })}</Submit>
      <Button look="bare" onClick={onBack}>
        {t("signIn.other")}
      </Button>
    </form>
  );
}
