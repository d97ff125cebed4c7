import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Role } from "../../who/rights";

interface Props<R extends Role> {
  label: string;
  roles: readonly R[];
  role: Role;
  onChange: (role: R) => void;
}

/** Which role, with what each may do. */
export function RoleChoice<R extends Role>({ label, roles, role, onChange }: Props<R>) {
  const { t } = useTranslation();
  const name = useId();
  return (
    <fieldset className="grid min-w-0 content-start gap-2">
      <legend className="mb-1 font-bold">{label}</legend>
      {roles.map((each) => (
        <label
          key={each}
          className={`flex min-h-11 cursor-pointer items-start gap-3 rounded-xl border-2 px-4 py-2 transition-colors duration-150 ${each === role ? "border-press bg-press-soft" : "border-line"}`}
        >
          <input
            type="radio"
            name={name}
            className="mt-1 size-5 shrink-0 accent-(--press)"
            checked={each === role}
            onChange={() => onChange(each)}
          />
          <span className="grid">
            <span className="font-bold">{t(`role.${each}`)}</span>
            <span className={each === role ? "text-ink" : "text-soft"}>{t(`roleWhat.${each}`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
