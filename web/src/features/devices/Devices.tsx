import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { whyNot } from "../../api/tried";
import { Button } from "../../ui/Button";
import { Copy } from "../../ui/Copy";
import { Ask } from "../../ui/Dialog";
import { Plus } from "../../ui/icons";
import { Switch } from "../../ui/Switch";
import { say } from "../../ui/toasts";
import { Answered, refresh, useAsked } from "../account/asked";
import { Failed, Submit, useAsking } from "../account/form";
import { Page } from "../account/Page";
import { useWhen } from "../account/when";
import { Part } from "../settings/fields";
import { DeviceFields, type Draft, EMPTY, wantedOf } from "./DeviceFields";
import { PairPart } from "./PairPart";

type KeyView = components["schemas"]["KeyView"];

/** What works without a person. */
export function Devices() {
  const { t } = useTranslation();
  return (
    <Page title={t("devices.title")} what={t("devices.what")} locked>
      <div className="grid items-start gap-4 desk:grid-cols-[minmax(20rem,2fr)_3fr]">
        <PairPart />
        <Keys />
      </div>
    </Page>
  );
}

const isGood = (key: KeyView, now: number) =>
  key.revokedAt === null && (key.expiresAt === null || Date.parse(key.expiresAt) > now);

function Keys() {
  const { t } = useTranslation();
  const asked = useAsked("keys", (signal) => answer(api.GET("/api/keys", { signal })));
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<components["schemas"]["NewKey"] | null>(null);
  const [all, setAll] = useState(false);
  const [revoking, revoke] = useState<KeyView | null>(null);
  const doRevoke = async ({ id, name }: KeyView) => {
    try {
      await answer(api.DELETE("/api/keys/{id}", { params: { path: { id } } }));
      say({ text: t("devices.isRevoked", { name }) });
    } catch (error) {
      say({ text: t("said.failed", { why: whyNot(t, error) }), wrong: true });
    }
    await refresh("keys");
  };
  return (
    <Part title={t("devices.keysTitle")} what={t("devices.keysWhat")}>
      {made ? (
        <Secret made={made} onKept={() => setMade(null)} />
      ) : adding ? (
        <Add
          onDone={(key) => {
            setAdding(false);
            setMade(key);
          }}
        />
      ) : (
        <Button className="justify-self-start" onClick={() => setAdding(true)}>
          <Plus />
          {t("devices.addKey")}
        </Button>
      )}
      <Answered asked={asked}>
        {({ keys }) => {
          const now = Date.now();
          const good = keys.filter((key) => isGood(key, now));
          const shown = all ? keys : good;
          return (
            <>
              {good.length === 0 && <p className="rounded-xl bg-well p-6 text-center">{t("devices.none")}</p>}
              <ul className="grid gap-2">
                {shown.map((key) => (
                  <li key={key.id}>
                    <Key it={key} good={isGood(key, now)} onRevoke={() => revoke(key)} />
                  </li>
                ))}
              </ul>
              {good.length < keys.length && (
                <Switch checked={all} onChange={setAll} label={t("devices.showRevoked")} />
              )}
            </>
          );
        }}
      </Answered>
      <Ask
        open={revoking !== null}
        onClose={() => revoke(null)}
        title={t("devices.revokeTitle", { name: revoking?.name })}
        what={t("devices.revokeWhat")}
        confirm={t("devices.revoke")}
        onConfirm={() => revoking && void doRevoke(revoking)}
      />
    </Part>
  );
}

function Key({ it, good, onRevoke }: { it: KeyView; good: boolean; onRevoke: () => void }) {
  const { t } = useTranslation();
  const when = useWhen();
  const end = it.revokedAt
    ? t("devices.revoked", { when: when(it.revokedAt) })
    : it.expiresAt
      ? t(good ? "devices.expiresAt" : "devices.expired", { when: when(it.expiresAt) })
      : t("devices.noEnd");
  return (
    <article
      aria-label={it.name}
      data-key={it.name}
      className={`flex flex-wrap items-center gap-x-4 gap-y-1 rounded-xl border border-line px-4 py-2 ${good ? "" : "opacity-75"}`}
    >
      <div className="min-w-0 grow basis-48">
        <p className="font-bold">
          {it.name} <span className="ml-1 font-normal text-soft">{t(`role.${it.role}`)}</span>
        </p>
        <p className="text-small text-soft">
          {it.shown}… · {it.seenAt ? t("devices.used", { when: when(it.seenAt) }) : t("devices.unused")} ·{" "}
          {end}
        </p>
      </div>
      {good && (
        <Button look="bare" aria-label={t("devices.revokeOf", { name: it.name })} onClick={onRevoke}>
          {t("devices.revoke")}
        </Button>
      )}
    </article>
  );
}

function Add({ onDone }: { onDone: (made: components["schemas"]["NewKey"] | null) => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, role: "NORMAL" });
  const asking = useAsking();
  const send = async () => {
    const body = wantedOf(draft, asking.refuse, t);
    if (!body) return;
    await asking.run(async () => onDone(await answer(api.POST("/api/keys", { body }))));
    await refresh("keys");
  };
  return (
    <form
      aria-label={t("devices.addKeyTitle")}
      noValidate
      className="grid gap-4 rounded-xl border border-line p-4"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <DeviceFields draft={draft} onChange={setDraft} wrong={asking.wrong} />
      <Failed asking={asking} />
      <div className="flex flex-wrap gap-2">
        <Submit asking={asking}>{t("devices.addSubmit")}</Submit>
        <Button look="bare" onClick={() => onDone(null)}>
          {t("form.cancel")}
        </Button>
      </div>
    </form>
  );
}

/** Shown once, and until somebody says that they have it. */
function Secret({ made, onKept }: { made: components["schemas"]["NewKey"]; onKept: () => void }) {
  const { t } = useTranslation();
  return (
    <section
      aria-label={t("devices.secretTitle", { name: made.key.name })}
      className="grid gap-3 rounded-xl border-2 border-vip bg-vip-soft p-4"
    >
      <h3 className="font-bold text-vip-ink">{t("devices.secretTitle", { name: made.key.name })}</h3>
      <p>{t("devices.secretWhat")}</p>
      <code data-key-secret className="rounded-lg bg-card px-3 py-2 font-bold font-sans">
        {made.secret}
      </code>
      <div className="flex flex-wrap gap-2">
        <Copy text={made.secret} />
        <Button look="primary" onClick={onKept}>
          {t("devices.secretKept")}
        </Button>
      </div>
    </section>
  );
}
