import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { say } from "./toasts";

/** Copies a text; says so, or that it must be done by hand. */
export function Copy({ text }: { text: string }) {
  const { t } = useTranslation();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say({ text: t("form.copied") });
    } catch {
      // Without encryption browsers copy nothing.
      say({ text: t("form.notCopied"), wrong: true });
    }
  };
  return <Button onClick={() => void copy()}>{t("form.copy")}</Button>;
}
