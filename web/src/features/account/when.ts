import { useTranslation } from "react-i18next";
import { localeOf } from "../../i18n/locale";

/** Says a moment as people write it where the reader lives. */
export function useWhen(timeStyle: "short" | "medium" = "short"): (at: string) => string {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(localeOf(i18n.language), {
    dateStyle: "medium",
    timeStyle,
  });
  return (at) => format.format(new Date(at));
}
