/** What can be changed about restaurants, each in a dialog of its own. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { keyed, tried, whyNot } from "../../api/tried";
import { Button } from "../../ui/Button";
import { Ask, Dialog } from "../../ui/Dialog";
import { say } from "../../ui/toasts";
import { askWhoIsHere, useMe } from "../../who/me";
import { refresh } from "../account/asked";
import { Failed, Field, Submit, useAsking } from "../account/form";
import { isSlug, type Summary, slugOf } from "./chain";

/** Opens a restaurant. */
export function Open({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [slug, setSlug] = useState<string | null>(null);
  const asking = useAsking();
  const address = slug ?? slugOf(name);
  const send = async () => {
    if (!name.trim()) return asking.refuse("name", t("form.needed"));
    if (!isSlug(address)) return asking.refuse("slug", t("chain.slugWrong"));
    const body = { slug: address, name: name.trim() };
    if (!(await asking.run(() => answer(api.POST("/api/restaurants", { body }))))) return;
    say({ text: t("chain.opened", { name: body.name }) });
    onClose();
    await Promise.all([refresh("restaurants"), askWhoIsHere()]);
  };
  return (
    <Dialog open onClose={onClose} title={t("chain.addTitle")}>
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Field
          autoFocus
          label={t("chain.name")}
          autoComplete="off"
          maxLength={80}
          value={name}
          onChange={setName}
          wrong={asking.wrong.name}
        />
        <Field
          label={t("chain.slug")}
          autoComplete="off"
          maxLength={40}
          value={address}
          onChange={setSlug}
          help={t("chain.slugHelp")}
          wrong={asking.wrong.slug}
        />
        <Failed asking={asking} />
        <Submit asking={asking}>{t("chain.addSubmit")}</Submit>
      </form>
    </Dialog>
  );
}

interface ChangeProps {
  restaurant: Summary;
  onClose: () => void;
}

/** Renames a restaurant, archives it or brings it back. */
export function Change({ restaurant, onClose }: ChangeProps) {
  const { t } = useTranslation();
  const { slug, archivedAt } = restaurant;
  const [name, setName] = useState(restaurant.name);
  const [sure, setSure] = useState(false);
  const asking = useAsking();
  const everywhere = useMe((state) => state.everywhere);
  const path = { restaurant: slug };
  const rename = async () => {
    if (!name.trim()) return asking.refuse("name", t("form.needed"));
    const body = { name: name.trim() };
    const params = { ...keyed(), path };
    const ask = () => tried(() => answer(api.PATCH("/api/restaurants/{restaurant}", { params, body })));
    if (!(await asking.run(ask))) return;
    say({ text: t("chain.renamed", { name: body.name }) });
    onClose();
    await refresh("restaurants");
  };
  /** Archives it, or brings it back; both can be undone. */
  const set = async (archived: boolean): Promise<void> => {
    const params = { ...keyed(), path };
    const to = archived ? "/api/restaurants/{restaurant}/archive" : "/api/restaurants/{restaurant}/restore";
    try {
      await tried(() => answer(api.POST(to, { params })));
      const text = t(archived ? "chain.isArchivedNow" : "chain.isRestored", { name: restaurant.name });
      say({ text, ...(archived && { action: { label: t("chain.undo"), run: () => void set(false) } }) });
    } catch (error) {
      say({ text: t("said.failed", { why: whyNot(t, error) }), wrong: true });
    }
    onClose();
    await refresh("restaurants");
  };
  return (
    <>
      <Dialog open={!sure} onClose={onClose} title={restaurant.name}>
        {archivedAt === null && (
          <form
            noValidate
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void rename();
            }}
          >
            <Field
              label={t("chain.name")}
              autoComplete="off"
              maxLength={80}
              value={name}
              onChange={setName}
              wrong={asking.wrong.name}
            />
            <Failed asking={asking} />
            <Submit asking={asking} disabled={name.trim() === restaurant.name}>
              {t("chain.rename")}
            </Submit>
          </form>
        )}
        {everywhere && archivedAt === null && (
          <Button look="danger" onClick={() => setSure(true)}>
            {t("chain.archive")}
          </Button>
        )}
        {everywhere && archivedAt !== null && (
          <Button look="primary" onClick={() => void set(false)}>
            {t("chain.restore")}
          </Button>
        )}
      </Dialog>
      <Ask
        open={sure}
        onClose={() => {
          setSure(false);
          onClose();
        }}
        title={t("chain.archiveTitle", { name: restaurant.name })}
        what={t("chain.archiveWhat")}
        confirm={t("chain.archive")}
        onConfirm={() => void set(true)}
      />
    </>
  );
}
