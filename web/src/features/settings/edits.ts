/** What was typed and not saved yet, over what the kitchen has. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api } from "../../api/client";
import { keyed, tried, whyNot } from "../../api/tried";
import type { Settings } from "../../feed/fold";
import {
  boundsIn,
  type Field,
  type Form,
  formOf,
  GROUPS,
  type Group,
  groupOf,
  patchOf,
  sameIn,
  UNITS,
} from "./form";

/** A group that somebody changes: the form as they have it, and the one that they began from. */
interface Edit {
  readonly typed: Form;
  readonly base: Form;
}
type Edits = Readonly<Partial<Record<Group, Edit>>>;
type Wrong = Readonly<Partial<Record<Field, string>>>;

export function useEdits(settings: Settings) {
  const { t } = useTranslation();
  const live = formOf(settings);
  const [edits, setEdits] = useState<Edits>({});
  const [wrong, setWrong] = useState<Wrong>({});
  const [failed, setFailed] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const [savedOnce, setSavedOnce] = useState(false);

  const form = GROUPS.reduce((all, group) => merged(all, group, edits[group]?.typed), live);
  const changed = GROUPS.filter((group) => edits[group] && !sameIn(group, form, live));
  /** Changed here and, since then, elsewhere to something else. */
  const crossed = changed.filter((group) => !sameIn(group, edits[group]?.base ?? live, live));

  const change = (field: Field | "kind", to: string) => {
    const group = groupOf(field);
    setEdits((all) => {
      const typed = { ...form, [field]: to } as Form;
      return { ...all, [group]: { typed, base: all[group]?.base ?? live } };
    });
    setWrong((all) => Object.fromEntries(Object.entries(all).filter(([name]) => name !== field)));
    setFailed(null);
  };

  const drop = (groups: readonly Group[]) => {
    setEdits((all) => ({ ...all, ...Object.fromEntries(groups.map((group) => [group, undefined])) }));
    setWrong({});
    setFailed(null);
  };

  const refused = (error: unknown): void => {
    const problem = error instanceof ApiError ? error.problem : null;
    const field = problem?.field;
    if (!problem?.allowed || !isField(field)) {
      setFailed(whyNot(t, error));
      return;
    }
    const bounds = boundsIn(field, problem.allowed);
    setWrong({ [field]: bounds ? t(`settings.${boundsWords(field)}`, bounds) : whyNot(t, error) });
    focus(field);
  };

  const save = async (): Promise<void> => {
    const asked = patchOf(form, changed);
    if ("empty" in asked) {
      setWrong(Object.fromEntries(asked.empty.map((field) => [field, t("settings.needsNumber")])));
      focus(asked.empty[0]);
      return;
    }
    setSaving(true);
    setFailed(null);
    setWrong({});
    const params = keyed();
    try {
      const now = formOf(
        await tried(() => answer(api.PATCH("/api/settings", { params, body: asked.patch }))),
      );
      // What was typed while the answer was under way stays; the rest is what the kitchen has now.
      setEdits((all) =>
        Object.fromEntries(
          Object.entries(all).filter(([group, edit]) => edit && !sameIn(group as Group, edit.typed, now)),
        ),
      );
      setSavedOnce(true);
    } catch (error) {
      refused(error);
    } finally {
      setSaving(false);
    }
  };

  return { form, live, change, changed, crossed, drop, save, saving, savedOnce, wrong, failed };
}

export type Editing = ReturnType<typeof useEdits>;

/** One form with a group taken from another. */
function merged(form: Form, group: Group, from: Form | undefined): Form {
  if (!from) return form;
  const names = (Object.keys(UNITS) as Field[]).filter((field) => groupOf(field) === group);
  const taken = Object.fromEntries(names.map((field) => [field, from[field]]));
  return { ...form, ...taken, ...(group === "policy" && { kind: from.kind }) };
}

function isField(name: string | null | undefined): name is Field {
  return name !== null && name !== undefined && name in UNITS;
}

function boundsWords(field: Field): "boundsSeconds" | "boundsMinutes" | "boundsWhole" {
  if (UNITS[field] === 1) return "boundsWhole";
  return UNITS[field] === 1000 ? "boundsSeconds" : "boundsMinutes";
}

/** To the field that has to be put right. */
function focus(field: Field | undefined): void {
  if (field) requestAnimationFrame(() => document.getElementById(field)?.focus());
}
