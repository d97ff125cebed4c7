import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Copy } from "../../ui/Copy";
import { useMe } from "../../who/me";
import { save } from "../history/csv";

/** They are never shown again, so there are three ways to keep them. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { t } = useTranslation();
  const name = useMe(({ me }) => me?.name ?? "");
  const text = `${t("account.codesFile", { name })}\r\n\r\n${codes.join("\r\n")}\r\n`;
  return (
    <div className="grid gap-3">
      <h3 className="font-bold">{t("account.codesTitle")}</h3>
      <p className="print:hidden">{t("account.codesWhat")}</p>
      <p className="hidden print:block">{t("account.codesFile", { name })}</p>
      <ul
        data-recovery-codes
        className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-xl bg-well p-4 font-bold tracking-wider max-[22.5rem]:grid-cols-1"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2 print:hidden">
        <Copy text={text} />
        <Button onClick={() => save(new Blob([text], { type: "text/plain" }), "feedme-recovery-codes.txt")}>
          {t("account.download")}
        </Button>
        <Button onClick={() => window.print()}>{t("account.print")}</Button>
        <Button look="primary" onClick={onKept}>
          {t("account.kept")}
        </Button>
      </div>
    </div>
  );
}
