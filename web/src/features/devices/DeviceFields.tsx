import type { TFunction } from "i18next";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { components } from "../../api/schema";
import { useShown } from "../../feed/react";
import { Field } from "../account/form";
import { RoleChoice } from "../people/RoleChoice";
import { INPUT } from "../settings/fields";

const ROLES = ["DISPLAY", "NORMAL", "VIP", "BOT", "MANAGER"] as const;

/** How long a key is good, in days. */
const DAYS = [1, 30, 90, 365] as const;

/** What somebody says about a device. */
export interface Draft {
  readonly name: string;
  readonly role: components["schemas"]["Role"];
  readonly bot: string;
  readonly days: string;
}

export const EMPTY: Draft = { name: "", role: "DISPLAY", bot: "", days: "365" };

type Wanted = components["schemas"]["AddKey"];

/** What is asked of the server; `null` when something is missing, which was said then. */
export function wantedOf(
  { name, role, bot, days }: Draft,
  refuse: (field: string, why: string) => void,
  t: TFunction,
): Wanted | null {
  if (!name.trim()) {
    refuse("name", t("form.needed"));
    return null;
  }
  if (role === "BOT" && !bot) {
    refuse("botId", t("form.needed"));
    return null;
  }
  return {
    name: name.trim(),
    role,
    ...(role === "BOT" && { botId: bot }),
    ...(days && { expiresInDays: Number(days) }),
  };
}

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
  wrong: Readonly<Record<string, string>>;
}

export function DeviceFields({ draft, onChange, wrong }: Props) {
  const { t } = useTranslation();
  const bots = useShown(({ board }) => board?.bots);
  const ids = useId();
  return (
    <>
      <Field
        autoFocus
        label={t("devices.name")}
        autoComplete="off"
        maxLength={64}
        value={draft.name}
        onChange={(name) => onChange({ ...draft, name })}
        help={t("devices.nameWhat")}
        wrong={wrong.name}
      />
      <RoleChoice
        label={t("devices.role")}
        roles={ROLES}
        role={draft.role}
        onChange={(role) => onChange({ ...draft, role })}
      />
      {draft.role === "BOT" && (
        <div className="grid gap-1">
          <label htmlFor={`${ids}-bot`} className="font-bold">
            {t("devices.bot")}
          </label>
          <select
            id={`${ids}-bot`}
            className={INPUT}
            value={draft.bot}
            aria-invalid={wrong.botId !== undefined}
            aria-describedby={`${ids}-bot-wrong`}
            onChange={(event) => onChange({ ...draft, bot: event.target.value })}
          >
            <option value="">–</option>
            {bots?.toReversed().map(({ id, number }) => (
              <option key={id} value={id}>
                {t("bots.name", { number })}
              </option>
            ))}
          </select>
          <p id={`${ids}-bot-wrong`} role="alert" className="font-bold text-too-late empty:hidden">
            {wrong.botId}
          </p>
          {bots?.length === 0 && <p className="text-small text-soft">{t("devices.noBots")}</p>}
        </div>
      )}
      <div className="grid gap-1">
        <label htmlFor={`${ids}-days`} className="font-bold">
          {t("devices.expires")}
        </label>
        <select
          id={`${ids}-days`}
          className={INPUT}
          value={draft.days}
          onChange={(event) => onChange({ ...draft, days: event.target.value })}
        >
          {DAYS.map((days) => (
            <option key={days} value={days}>
              {t("devices.days", { count: days })}
            </option>
          ))}
          <option value="">{t("devices.never")}</option>
        </select>
      </div>
    </>
  );
}
