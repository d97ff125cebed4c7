import { useTranslation } from "react-i18next";
import { useMe } from "../../who/me";

/** The restaurants that whoever is here runs: those are theirs to give. */
export function useRun() {
  return useMe(({ places }) => places).filter(({ role }) => role === "MANAGER");
}

interface Props {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

/** To which restaurants somebody belongs. Nothing to choose where there is one. */
export function PlacesChoice({ chosen, onChange }: Props) {
  const { t } = useTranslation();
  const places = useRun();
  if (places.length < 2) return null;
  return (
    <fieldset className="grid min-w-0 content-start gap-2">
      <legend className="mb-1 font-bold">{t("people.restaurants")}</legend>
      <p className="text-small text-soft">{t("people.restaurantsWhat")}</p>
      <div className="grid max-h-72 gap-1 overflow-y-auto">
        {places.map(({ slug, name }) => (
          <label
            key={slug}
            className="flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-2 hover:bg-press-soft"
          >
            <input
              type="checkbox"
              className="size-5 shrink-0 accent-(--press)"
              checked={chosen.includes(slug)}
              onChange={({ target }) =>
                onChange(target.checked ? [...chosen, slug] : chosen.filter((it) => it !== slug))
              }
            />
            <span className="min-w-0 truncate">{name}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
