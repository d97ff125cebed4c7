import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { keep, kept } from "../app/storage";
import { en } from "./en";

/** The languages, each by its own name. */
export const LANGUAGES = { en: "English", ms: "Bahasa Melayu", zh: "简体中文" } as const;
export type Code = keyof typeof LANGUAGES;

const STORED = "feedme:language";

/** The others come when somebody wants them. */
const LOADERS = {
  en: async () => en,
  ms: async () => (await import("./ms")).ms,
  zh: async () => (await import("./zh")).zh,
} satisfies Record<Code, () => Promise<typeof en>>;

/** What the screens of people, devices and rights say besides. */
const MORE = {
  en: async () => (await import("./more/en")).en,
  ms: async () => (await import("./more/ms")).ms,
  zh: async () => (await import("./more/zh")).zh,
} satisfies Record<Code, () => Promise<object>>;

let more = false;
const loaded = new Set<string>();

async function loadMore(code: string): Promise<void> {
  if (!isCode(code) || loaded.has(code)) return;
  i18next.addResourceBundle(code, "translation", await MORE[code](), true);
  loaded.add(code);
}

/** A screen that needs more words than the first ones, with them. */
export async function withMoreWords<Screen>(screen: Promise<Screen>): Promise<Screen> {
  more = true;
  const [it] = await Promise.all([screen, loadMore(i18next.language)]);
  return it;
}

function isCode(word: string | null | undefined): word is Code {
  return word !== null && word !== undefined && word in LANGUAGES;
}

function preferred(): Code {
  const stored = kept(STORED);
  if (isCode(stored)) return stored;
  const wanted = navigator.languages.map((tag) => tag.split("-")[0]);
  return wanted.find(isCode) ?? "en";
}

/** Begins in the language of the device, or in the one chosen on it. */
export async function startLanguages(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  // Without its words the page speaks English, which is better than not at all.
  await changeLanguage(preferred(), false).catch(() => {});
}

/** Switches at once, without a reload. */
export async function changeLanguage(code: Code, remember = true): Promise<void> {
  if (!i18next.hasResourceBundle(code, "translation")) {
    i18next.addResourceBundle(code, "translation", await LOADERS[code]());
  }
  if (more) await loadMore(code);
  if (remember) keep(STORED, code);
  await i18next.changeLanguage(code);
  document.documentElement.lang = code === "zh" ? "zh-Hans" : code;
}
