import { Menu } from "@base-ui/react/menu";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { MORE, TAB, type To } from "./screens";

/** The screens for which a phone has no room, behind one button. */
export function More({ here }: { here: string }) {
  const { t } = useTranslation();
  const among = MORE.some(([to]) => to === here);
  return (
    <Menu.Root>
      <Menu.Trigger className={`${TAB} data-popup-open:text-ink`} {...(among && { "aria-current": "page" })}>
        {t("actions.more")}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="z-40 outline-none" align="end" sideOffset={4} collisionPadding={8}>
          <Menu.Popup className="grid min-w-48 rounded-xl border border-line bg-card p-1 text-ink shadow-card outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0">
            {MORE.map(([to, key]) => (
              <Entry key={to} to={to} words={t(`nav.${key}`)} />
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Entry({ to, words }: { to: To; words: string }) {
  return (
    <Menu.Item
      className="flex min-h-12 items-center rounded-lg px-4 outline-none aria-[current=page]:font-bold data-highlighted:bg-press-soft"
      render={<Link to={to} />}
      nativeButton={false}
    >
      {words}
    </Menu.Item>
  );
}
