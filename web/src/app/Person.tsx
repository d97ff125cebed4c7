import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { withMoreWords } from "../i18n";
import { Person as Picture } from "../ui/icons";
import { useMe } from "../who/me";

const Menu = lazy(async () => {
  const { PersonMenu } = await withMoreWords(import("../features/account/PersonMenu"));
  return { default: PersonMenu };
});

/** Opens the menu of whoever is here. */
const OPENS = { popoverTarget: "person" };

/** Who is here, and what they can do about that. The menu comes when it is first opened. */
export function Person() {
  const { t } = useTranslation();
  const name = useMe(({ me }) => me?.name);
  const [opened, setOpened] = useState(false);
  if (name === undefined) return null;
  return (
    <>
      <button
        type="button"
        {...OPENS}
        aria-label={name}
        className="inline-flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-lg px-2 text-small hover:bg-press-soft"
      >
        <Picture />
        <span className="max-w-40 truncate max-wide:sr-only">{name}</span>
      </button>
      <div
        id="person"
        popover="auto"
        className="inset-auto top-14 right-2 max-h-[calc(100dvh-4rem)] w-[min(22rem,calc(100vw-1rem))] overflow-y-auto rounded-xl border border-line bg-card p-2 text-ink shadow-card"
        onToggle={({ newState }) => newState === "open" && setOpened(true)}
      >
        {opened && (
          <Suspense fallback={<p className="p-4 text-soft">{t("wait")}</p>}>
            <Menu />
          </Suspense>
        )}
      </div>
    </>
  );
}

/** Says plainly that nobody has to sign in here. */
export function OpenMode() {
  const { t } = useTranslation();
  const me = useMe((state) => state.me);
  if (me?.via !== "open" && me?.via !== "demonstration") return null;
  return (
    <button
      type="button"
      {...OPENS}
      data-open-mode
      className="min-h-8 shrink-0 border-line border-b bg-vip-soft px-4 py-1 text-center text-small text-vip-ink print:hidden"
    >
      {me.via === "open" ? t("openMode") : t("demonstration", { name: me.name })}{" "}
      <strong className="underline underline-offset-4">{t("switchPerson")}</strong>
    </button>
  );
}
