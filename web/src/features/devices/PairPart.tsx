import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/Button";
import { say } from "../../ui/toasts";
import { refresh } from "../account/asked";
import { deviceInWords } from "../account/device";
import { Failed, Field, Submit, useAsking } from "../account/form";
import { useWhen } from "../account/when";
import { Part } from "../settings/fields";
import { DeviceFields, type Draft, EMPTY, wantedOf } from "./DeviceFields";

type Found = components["schemas"]["PairingView"];

/** Codes are typed in any case, with or without what stands between their halves. */
export function codeIn(typed: string): string {
  const bare = typed.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return bare.length > 4 ? `${bare.slice(0, 4)}-${bare.slice(4, 8)}` : bare;
}

/** A manager confirms a screen by the code that it shows. */
export function PairPart() {
  const { t } = useTranslation();
  const { code: scanned } = useSearch({ from: "/shell/devices" });
  const navigate = useNavigate();
  const [code, setCode] = useState(codeIn(scanned ?? ""));
  const [found, setFound] = useState<Found | null>(null);
  const asking = useAsking();
  const find = async () => {
    if (code.length !== 9) return asking.refuse("code", t("form.needed"));
    await asking.run(async () => setFound(await answer(api.POST("/api/pairings/find", { body: { code } }))));
  };
  // Who scanned it does not type it, and nobody comes back to it later.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, with what stands in the address
  useEffect(() => {
    if (!scanned) return;
    void navigate({ to: "/devices", search: {}, replace: true });
    void find();
  }, []);
  const done = () => {
    setFound(null);
    setCode("");
  };
  return (
    <Part title={t("devices.pairTitle")} what={t("devices.pairWhat")}>
      {found ? (
        <Confirm code={code} found={found} onDone={done} />
      ) : (
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void find();
          }}
        >
          <Failed asking={asking} />
          <Field
            label={t("devices.pairCode")}
            autoComplete="off"
            maxLength={12}
            className="max-w-56 font-bold text-head uppercase tracking-widest"
            placeholder="XXXX-XXXX"
            value={code}
            onChange={(typed) => setCode(codeIn(typed))}
            wrong={asking.wrong.code}
          />
          <Submit asking={asking} className="justify-self-start">
            {t("devices.find")}
          </Submit>
        </form>
      )}
    </Part>
  );
}

function Confirm({ code, found, onDone }: { code: string; found: Found; onDone: () => void }) {
  const { t } = useTranslation();
  const when = useWhen();
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, days: "" });
  const asking = useAsking();
  const send = async () => {
    const wanted = wantedOf(draft, asking.refuse, t);
    if (!wanted) return;
    const body = { code, ...wanted };
    const paired = await asking.run(() => answer(api.POST("/api/pairings/confirm", { body })));
    if (!paired) return;
    say({ text: t("devices.paired", { name: wanted.name }) });
    onDone();
    await refresh("keys");
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
      <div role="status" className="grid gap-1 rounded-xl bg-vip-soft px-4 py-3">
        <p className="font-bold text-head tracking-widest">{code}</p>
        <p className="font-bold text-vip-ink">{t("devices.found", { address: found.address ?? "?" })}</p>
        <p>
          {deviceInWords(found.device) ?? t("account.unknownDevice")} ·{" "}
          {t("devices.foundWhen", { when: when(found.createdAt) })}
        </p>
        <p>{t("devices.foundCheck")}</p>
      </div>
      <DeviceFields draft={draft} onChange={setDraft} wrong={asking.wrong} />
      <Failed asking={asking} />
      <div className="flex flex-wrap gap-2">
        <Submit asking={asking}>{t("devices.confirm")}</Submit>
        <Button look="bare" onClick={onDone}>
          {t("form.cancel")}
        </Button>
      </div>
    </form>
  );
}
