import { useTranslation } from "react-i18next";
import type { Editing } from "./edits";
import { NumberField, Part } from "./fields";
import { KINDS, type Kind } from "./form";

/** Who goes first when both classes wait, with what each way does to either of them. */
export function PolicyPart({ editing }: { editing: Editing }) {
  const { t } = useTranslation();
  return (
    <Part title={t("settings.policy")} what={t("settings.policyWhat")}>
      <div role="radiogroup" aria-label={t("settings.policy")} className="grid gap-2">
        {KINDS.map((kind) => (
          <Choice key={kind} kind={kind} editing={editing} />
        ))}
      </div>
    </Part>
  );
}

function Choice({ kind, editing }: { kind: Kind; editing: Editing }) {
  const { t } = useTranslation();
  const chosen = editing.form.kind === kind;
  return (
    <div
      className={`rounded-xl border-2 transition-colors duration-150 ${chosen ? "border-press bg-press-soft" : "border-line"}`}
    >
      <label className="flex min-h-11 cursor-pointer items-start gap-3 px-4 py-3">
        <input
          type="radio"
          name="kind"
          className="mt-1 size-5 shrink-0 accent-(--press)"
          checked={chosen}
          onChange={() => editing.change("kind", kind)}
        />
        <span className="grid gap-0.5">
          <span className="font-bold">
            {t(`settings.${kind}`)}
            {editing.live.kind === kind && (
              <span className="ml-2 font-normal text-small text-soft">{t("settings.inForce")}</span>
            )}
          </span>
          <span className={chosen ? "text-ink" : "text-soft"}>{t(`settings.${kind}What`)}</span>
        </span>
      </label>
      {chosen && kind !== "strict" && (
        <div className="flex flex-wrap gap-x-8 gap-y-3 px-4 pb-4 pl-12">
          {kind === "ageing" && (
            <NumberField editing={editing} field="policy.afterMs" label={t("settings.after")} />
          )}
          {kind === "ratio" && (
            <>
              <NumberField editing={editing} field="policy.vip" label={t("settings.ratioVip")} />
              <NumberField editing={editing} field="policy.normal" label={t("settings.ratioNormal")} />
            </>
          )}
          {kind === "deadline" && (
            <>
              <NumberField editing={editing} field="policy.vipMs" label={t("settings.targetVip")} />
              <NumberField editing={editing} field="policy.normalMs" label={t("settings.targetNormal")} />
            </>
          )}
        </div>
      )}
    </div>
  );
}
