import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { withMoreWords } from "../i18n";
import { Down, Store } from "../ui/icons";
import { useMe } from "../who/me";

const Menu = lazy(async () => {
  const { PlaceMenu } = await withMoreWords(import("../features/chain/PlaceMenu"));
  return { default: PlaceMenu };
});

/** Which restaurant this is; whoever reaches several chooses another here. */
export function Places({ name }: { name: string }) {
  const { t } = useTranslation();
  const several = useMe(({ places }) => places.length > 1);
  const [opened, setOpened] = useState(false);
  if (!several) return <strong className="mr-1 truncate py-2 text-lead max-tablet:sr-only">{name}</strong>;
  return (
    <>
      <button
        type="button"
        popoverTarget="places"
        aria-label={t("switchPlace", { name })}
        data-places
        className="inline-flex min-h-11 min-w-11 max-w-72 items-center justify-center gap-2 rounded-lg px-2 font-bold text-lead hover:bg-press-soft"
      >
        <Store className="tablet:hidden" />
        <span className="truncate max-tablet:sr-only">{name}</span>
        <Down className="max-tablet:hidden" />
      </button>
      <div
        id="places"
        popover="auto"
        className="inset-auto top-14 left-2 max-h-[calc(100dvh-4rem)] w-[min(24rem,calc(100vw-1rem))] overflow-y-auto rounded-xl border border-line bg-card p-2 text-ink shadow-card"
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
