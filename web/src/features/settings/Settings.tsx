import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { LanguageChoice, ThemeChoice } from "../../app/Looks";
import type { Settings as Live } from "../../feed/fold";
import { useShown } from "../../feed/react";
import { Button } from "../../ui/Button";
import { Ask } from "../../ui/Dialog";
import { Check, Pause, Play } from "../../ui/icons";
import { Switch } from "../../ui/Switch";
import { useShortcutChoice } from "../../ui/shortcuts";
import { useRoomBelow } from "../../ui/toasts";
import { useMe } from "../../who/me";
import { may } from "../../who/rights";
import { takeOrders } from "../board/actions";
import { type Editing, useEdits } from "./edits";
import { INPUT, NumberField, Part } from "./fields";
import { PolicyPart } from "./PolicyPart";

/** How the kitchen runs, and how this device shows it. */
export function Settings() {
  const { t } = useTranslation();
  const settings = useShown(({ board }) => board?.settings ?? null);
  const me = useMe((state) => state.me);
  return (
    <main className="flex min-h-0 grow flex-col">
      <div className="min-h-0 grow overflow-y-auto low:overflow-visible">
        <div className="mx-auto grid w-full max-w-6xl gap-4 p-3 tablet:p-6">
          <h1 className="font-bold text-head">{t("settings.title")}</h1>
          {me && !may(me, "manage") ? (
            <Device />
          ) : settings && me ? (
            <Kitchen settings={settings} />
          ) : (
            <Loading />
          )}
        </div>
      </div>
    </main>
  );
}

/** The shape of what comes; what belongs to the device is there already. */
function Loading() {
  const { t } = useTranslation();
  return (
    <div aria-busy="true" className="grid gap-4 desk:grid-cols-2">
      <p className="sr-only">{t("loading")}</p>
      <div className="h-96 rounded-2xl bg-card opacity-70" />
      <Device />
    </div>
  );
}

function Kitchen({ settings }: { settings: Live }) {
  const { t } = useTranslation();
  const editing = useEdits(settings);
  const unsaved = editing.changed.length > 0;
  const leaving = useBlocker({
    shouldBlockFn: () => unsaved,
    enableBeforeUnload: () => unsaved,
    withResolver: true,
  });
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (unsaved && !editing.saving) void editing.save();
      }}
    >
      <div className="grid items-start gap-4 desk:grid-cols-2">
        <div className="grid gap-4">
          <Ordering open={settings.acceptingOrders} />
          <Part title={t("settings.times")}>
            <NumberField
              editing={editing}
              field="cookMs"
              label={t("settings.cook")}
              help={t("settings.cookWhat")}
            />
            <NumberField
              editing={editing}
              field="completedStaysMs"
              label={t("settings.stays")}
              help={t("settings.staysWhat")}
            />
          </Part>
          <Device />
        </div>
        <PolicyPart editing={editing} />
      </div>
      <SaveBar editing={editing} />
      <Ask
        open={leaving.status === "blocked"}
        onClose={() => leaving.reset?.()}
        title={t("settings.leaveTitle")}
        what={t("settings.leaveWhat")}
        confirm={t("settings.leave")}
        onConfirm={() => leaving.proceed?.()}
      />
    </form>
  );
}

/** Acts at once, as it does in the kitchen: who pauses ordering cannot wait. */
function Ordering({ open }: { open: boolean }) {
  const { t } = useTranslation();
  return (
    <Part title={t("settings.ordering")}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <p
          className={`min-w-40 grow rounded-lg px-3 py-2 font-bold ${open ? "bg-ready-soft text-ready" : "bg-late-soft text-late"}`}
        >
          {t(open ? "settings.open" : "settings.closed")}
        </p>
        <Button onClick={() => void takeOrders(!open)}>
          {open ? <Pause /> : <Play />}
          {t(open ? "actions.pause" : "actions.resume")}
        </Button>
      </div>
      <p className="text-small text-soft">{t("settings.orderingWhat")}</p>
    </Part>
  );
}

function Device() {
  const { t } = useTranslation();
  const { on, switchTo } = useShortcutChoice();
  return (
    <Part title={t("settings.device")} what={t("settings.deviceWhat")}>
      <div className="grid gap-4 tablet:grid-cols-2">
        <div className="grid gap-1">
          <label htmlFor="language" className="font-bold">
            {t("settings.language")}
          </label>
          <LanguageChoice id="language" className={INPUT} />
        </div>
        <div className="grid gap-1">
          <label htmlFor="appearance" className="font-bold">
            {t("settings.appearance")}
          </label>
          <ThemeChoice id="appearance" className={INPUT} />
        </div>
      </div>
      <div className="grid gap-1">
        <Switch checked={on} onChange={switchTo} label={t("settings.shortcuts")} />
        <p className="text-small text-soft">{t("settings.shortcutsWhat")}</p>
      </div>
    </Part>
  );
}

/** Says whether anything is not saved, and what else happened to it meanwhile. */
function SaveBar({ editing }: { editing: Editing }) {
  const { t } = useTranslation();
  const { changed, crossed, failed, saving, savedOnce } = editing;
  const unsaved = changed.length > 0;
  const room = useRoomBelow();
  const names = (groups: Editing["changed"]) =>
    groups.map((group) => t(`settings.group.${group}`)).join(", ");
  return (
    <div ref={room} className="sticky low:static bottom-0 bg-page pt-1 pb-3">
      <div
        data-saved={!unsaved}
        className={`flex flex-wrap items-center gap-x-4 gap-y-2 rounded-2xl border-2 bg-card px-4 py-3 shadow-card ${unsaved ? "border-press" : "border-line"}`}
      >
        <div role="status" className="grid min-w-0 grow gap-0.5">
          {unsaved ? (
            <p className="font-bold">{t("settings.unsaved", { what: names(changed) })}</p>
          ) : (
            <p className="flex items-center gap-2 text-soft">
              <Check className="text-ready" />
              {t(savedOnce ? "settings.saved" : "settings.nothingToSave")}
            </p>
          )}
          {crossed.length > 0 && (
            <p className="text-late">{t("settings.crossed", { what: names(crossed) })}</p>
          )}
          {failed !== null && (
            <p className="font-bold text-too-late">{t("settings.failed", { why: failed })}</p>
          )}
        </div>
        <div className={`flex gap-2 max-tablet:w-full ${unsaved ? "" : "max-tablet:hidden"}`}>
          {crossed.length > 0 && (
            <Button onClick={() => editing.drop(crossed)} className="max-tablet:grow">
              {t("settings.takeTheirs")}
            </Button>
          )}
          <Button
            className="max-tablet:grow"
            disabled={!unsaved || saving}
            onClick={() => editing.drop(changed)}
          >
            {t("settings.discard")}
          </Button>
          <Button
            type="submit"
            look="primary"
            className="max-tablet:grow tablet:min-w-32"
            disabled={!unsaved || saving}
          >
            {t(saving ? "settings.saving" : "settings.save")}
          </Button>
        </div>
      </div>
    </div>
  );
}
