import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../who/me";
import { Part } from "../settings/fields";
import { Asked } from "./asked";
import { SignInForm } from "./SignIn";

interface Props {
  title: string;
  what?: string;
  /** Whether a PIN is not enough here. */
  locked?: boolean;
  children: ReactNode;
}

/** A screen about people or devices. */
export function Page({ title, what, locked = false, children }: Props) {
  const byPin = useMe(({ me }) => me?.via === "pin");
  return (
    <Asked>
      <main className="min-h-0 grow overflow-y-auto low:overflow-visible">
        <div className="mx-auto grid w-full max-w-6xl gap-4 p-3 tablet:p-6">
          <div className="grid gap-1">
            <h1 className="font-bold text-head">{title}</h1>
            {what && <p className="text-soft">{what}</p>}
          </div>
          {locked && byPin ? <Locked /> : children}
        </div>
      </main>
    </Asked>
  );
}

/** Whoever came by PIN says their password first. */
export function Locked() {
  const { t } = useTranslation();
  const name = useMe(({ me }) => me?.name ?? "");
  return (
    <div className="w-full max-w-lg">
      <Part title={t("locked.title")} what={t("locked.what")}>
        <SignInForm to={location.href} as={name} submit={t("locked.submit")} />
      </Part>
    </div>
  );
}
