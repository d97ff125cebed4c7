/** Forms that ask the server for one thing, and say in place what it refuses. */
import { type ComponentProps, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { whyNot } from "../../api/tried";
import { secondsInWords } from "../../app/time";
import { Button } from "../../ui/Button";
import { INPUT } from "../settings/fields";

/** Characters that a password has at least, without and with a second factor. */
export const PASSWORD_MIN = { alone: 15, withFactor: 12 } as const;

export interface Asking {
  readonly busy: boolean;
  /** What was refused as a whole. */
  readonly failed: string | null;
  /** What is wrong with a field, by the name that the server has for it. */
  readonly wrong: Readonly<Record<string, string>>;
  /** Until when, by this device's clock, nothing is asked again. */
  readonly until: number | null;
  /** Asks, and says whether it was granted. */
  run: (ask: () => Promise<unknown>) => Promise<boolean>;
  /** Says that something was refused. */
  refuse: (field: string, why: string) => void;
  clear: () => void;
}

/** `min` is how long a password has to be here; `known` deals with what it knows by its code. */
export function useAsking(
  min: number = PASSWORD_MIN.alone,
  known: (code: string) => boolean = () => false,
): Asking {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const [wrong, setWrong] = useState<Asking["wrong"]>({});
  const [until, setUntil] = useState<number | null>(null);
  const clear = () => {
    setFailed(null);
    setWrong({});
  };
  const refused = (error: unknown) => {
    const problem = error instanceof ApiError ? error.problem : null;
    if (problem && known(problem.code)) return;
    if (error instanceof ApiError && problem?.status === 429 && error.retryAfter) {
      setUntil(Date.now() + error.retryAfter * 1000);
    }
    if (problem?.code === "invalidField" && problem.field) {
      const isPassword = /password|new/.test(problem.field);
      const why = isPassword
        ? t(/guess/.test(problem.allowed ?? "") ? "form.common" : "form.short", { count: min })
        : whyNot(t, error);
      setWrong({ [problem.field]: why });
    } else {
      setFailed(t("form.failed", { why: whyNot(t, error) }));
    }
  };
  const run = async (ask: () => Promise<unknown>) => {
    setBusy(true);
    clear();
    try {
      await ask();
      return true;
    } catch (error) {
      refused(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const refuse = (field: string, why: string) => setWrong({ [field]: why });
  return { busy, failed, wrong, until, run, refuse, clear };
}

/** Why the whole was refused. Its place is there before anything is said in it. */
export function Failed({ asking }: { asking: Asking }) {
  return (
    <p role="alert" className="rounded-lg bg-too-late-soft px-3 py-2 font-bold text-too-late empty:hidden">
      {asking.failed}
    </p>
  );
}

interface SubmitProps {
  asking: Asking;
  children: ReactNode;
  look?: ComponentProps<typeof Button>["look"];
  className?: string;
  disabled?: boolean;
}

/** Counts down while the server wants nobody to try. */
export function Submit({
  asking,
  children,
  look = "primary",
  className = "",
  disabled = false,
}: SubmitProps) {
  const { t } = useTranslation();
  const left = useLeft(asking.until);
  return (
    <Button
      type="submit"
      look={look}
      className={className}
      disabled={disabled || asking.busy || left > 0}
      aria-busy={asking.busy}
    >
      {left > 0 ? t("form.wait", { left: secondsInWords(t, left) }) : children}
    </Button>
  );
}

/** How many milliseconds are left until then, told once a second. */
export function useLeft(until: number | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const look = () => setLeft(Math.max(0, (until ?? 0) - Date.now()));
    look();
    if (until === null) return;
    const timer = setInterval(look, 1_000);
    return () => clearInterval(timer);
  }, [until]);
  return left;
}

interface FieldProps extends Omit<ComponentProps<"input">, "value" | "onChange"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: ReactNode;
  wrong?: string | undefined;
  /** Beside the input. */
  beside?: ReactNode;
}

export function Field({ label, value, onChange, help, wrong, beside, className = "", ...rest }: FieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (wrong) input.current?.focus();
  }, [wrong]);
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-bold">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          ref={input}
          id={id}
          className={`${INPUT} w-full min-w-0 ${className}`}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={wrong !== undefined}
          aria-describedby={`${id}-wrong ${id}-help`}
          autoCapitalize="none"
          spellCheck={false}
          {...rest}
        />
        {beside}
      </div>
      <p id={`${id}-wrong`} role="alert" className="font-bold text-too-late empty:hidden">
        {wrong}
      </p>
      {help && (
        <p id={`${id}-help`} className="text-small text-soft">
          {help}
        </p>
      )}
    </div>
  );
}

/** A password can be looked at, pasted and filled in. */
export function PasswordField({ help, ...rest }: FieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  return (
    <Field
      type={shown ? "text" : "password"}
      maxLength={128}
      help={caps ? <strong className="text-late">{t("form.capsLock")}</strong> : help}
      onKeyUp={(event) => setCaps(event.getModifierState("CapsLock"))}
      onBlur={() => setCaps(false)}
      beside={
        <Button aria-pressed={shown} aria-label={t("form.showLabel")} onClick={() => setShown(!shown)}>
          {t(shown ? "form.hide" : "form.show")}
        </Button>
      }
      {...rest}
    />
  );
}

/** Digits, or a recovery code. */
export function CodeField(props: Omit<FieldProps, "label">) {
  const { t } = useTranslation();
  return (
    <Field
      label={t("form.code")}
      autoComplete="one-time-code"
      maxLength={40}
      className="max-w-72 font-bold tracking-wider"
      {...props}
    />
  );
}

export function PinField({ label, ...rest }: Omit<FieldProps, "label"> & { label?: string }) {
  const { t } = useTranslation();
  return (
    <Field
      label={label ?? t("form.pin")}
      type="password"
      inputMode="numeric"
      pattern="[0-9]*"
      autoComplete="off"
      minLength={4}
      maxLength={8}
      className="max-w-40 font-bold tracking-[0.3em]"
      {...rest}
    />
  );
}
