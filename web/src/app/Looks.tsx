/** Language and appearance: of this device, and at once. */
import { useTranslation } from "react-i18next";
import { type Code, changeLanguage, LANGUAGES } from "../i18n";
import { THEMES, useTheme } from "./theme";

interface Props {
  className: string;
  id?: string;
}

export function LanguageChoice({ className, id }: Props) {
  const { t, i18n } = useTranslation();
  return (
    <select
      id={id}
      className={className}
      aria-label={t("settings.language")}
      value={i18n.language}
      onChange={(event) => void changeLanguage(event.target.value as Code)}
    >
      {Object.entries(LANGUAGES).map(([code, itsName]) => (
        <option key={code} value={code}>
          {itsName}
        </option>
      ))}
    </select>
  );
}

export function ThemeChoice({ className, id }: Props) {
  const { t } = useTranslation();
  const { theme, choose } = useTheme();
  return (
    <select
      id={id}
      className={className}
      aria-label={t("settings.appearance")}
      value={theme}
      onChange={(event) => choose(THEMES.find((it) => it === event.target.value) ?? "system")}
    >
      {THEMES.map((each) => (
        <option key={each} value={each}>
          {t(`settings.${each}`)}
        </option>
      ))}
    </select>
  );
}
