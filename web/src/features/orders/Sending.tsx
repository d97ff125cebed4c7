import { useTranslation } from "react-i18next";
import { inWords } from "../../api/problem";
import { useShown } from "../../feed/react";
import { Button } from "../../ui/Button";
import { Crown } from "../../ui/icons";
import { dismiss, useSending } from "../board/actions";

/** Orders on their way, and those that were refused. Those on their way have no number yet, so none is shown. */
export function Sending() {
  const { t } = useTranslation();
  const sending = useSending((state) => state.sending);
  const away = useShown(({ link }) => link === "away");
  if (sending.length === 0) return null;
  return (
    <ul className="mb-2 grid gap-2">
      {sending.map(({ key, type, refused }) => (
        <li
          key={key}
          data-sending={refused === null ? "waiting" : "refused"}
          className={`flex min-h-16 items-center gap-3 rounded-xl border-2 border-dashed px-4 py-2 ${refused === null ? "border-line text-soft" : "border-too-late text-too-late"}`}
        >
          {type === "VIP" && <Crown className="shrink-0 text-vip-ink" />}
          <span className="grow">
            {refused !== null
              ? t("kiosk.refused", { why: inWords(t, refused) })
              : t(away ? "kiosk.offline" : "kiosk.sending")}
          </span>
          {refused !== null && <Button onClick={() => void dismiss(key)}>{t("kiosk.dismiss")}</Button>}
        </li>
      ))}
    </ul>
  );
}
