import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Editing } from "./edits";
import { type Field, UNITS } from "./form";

export const INPUT =
  "min-h-11 rounded-lg border border-soft bg-card px-3 text-body text-ink disabled:opacity-55 aria-invalid:border-2 aria-invalid:border-too-late";

interface PartProps {
  title: string;
  what?: string;
  children: ReactNode;
}

/** A part of the settings, with its own heading. */
export function Part({ title, what, children }: PartProps) {
  return (
    <section
      aria-label={title}
      className="grid content-start gap-4 rounded-2xl bg-card p-4 shadow-card tablet:p-6"
    >
      <div className="grid gap-1">
        <h2 className="font-bold text-lead">{title}</h2>
        {what && <p className="text-soft">{what}</p>}
      </div>
      {children}
    </section>
  );
}

interface NumberProps {
  editing: Editing;
  field: Field;
  label: string;
  help?: string;
}

/** A number with its unit, what it means, and what is wrong with it. */
export function NumberField({ editing, field, label, help }: NumberProps) {
  const { t } = useTranslation();
  const wrong = editing.wrong[field];
  const unit = UNITS[field] === 1 ? null : t(UNITS[field] === 1000 ? "settings.seconds" : "settings.minutes");
  return (
    <div className="grid gap-1">
      <label htmlFor={field} className="font-bold">
        {label}
      </label>
      <div className="flex items-center gap-2">
        <input
          id={field}
          inputMode={unit ? "decimal" : "numeric"}
          autoComplete="off"
          className={`${INPUT} w-28 font-bold`}
          value={editing.form[field]}
          aria-invalid={wrong !== undefined}
          aria-describedby={`${field}-unit ${field}-help ${field}-wrong`}
          onChange={(event) => editing.change(field, event.target.value)}
        />
        <span id={`${field}-unit`} className="text-soft">
          {unit}
        </span>
      </div>
      <p id={`${field}-wrong`} role="alert" className="font-bold text-too-late empty:hidden">
        {wrong}
      </p>
      {help && (
        <p id={`${field}-help`} className="text-small text-soft">
          {help}
        </p>
      )}
    </div>
  );
}
