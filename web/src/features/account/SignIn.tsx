import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useFeed } from "../../feed/react";
import { Button } from "../../ui/Button";
import { Person } from "../../ui/icons";

/** Where everything leads that the server answers only to people it knows. */
export function SignIn() {
  const { t } = useTranslation();
  const { back } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const feed = useFeed();
  return (
    <main className="grid h-dvh place-content-center justify-items-center gap-4 p-6 text-center">
      <Person className="size-12 text-soft" />
      <h1 className="font-bold text-head">{t("signIn.title")}</h1>
      <p className="max-w-prose text-lead text-soft">{t("signIn.what")}</p>
      <Button
        look="primary"
        onClick={() => {
          feed.hurry();
          void navigate({ href: back, replace: true });
        }}
      >
        {t("signIn.again")}
      </Button>
    </main>
  );
}
