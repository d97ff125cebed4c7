/** What somebody types about the settings, and what it means to the server. */
import type { components } from "../../api/schema";
import type { Settings } from "../../feed/fold";

export type Policy = components["schemas"]["Policy"];
export type Kind = Policy["kind"];
export const KINDS = ["strict", "ageing", "ratio", "deadline"] as const satisfies readonly Kind[];

/** The fields, by the names that the server gives them, and how many of its units one of ours is. */
export const UNITS = {
  cookMs: 1000,
  completedStaysMs: 60_000,
  "policy.afterMs": 60_000,
  "policy.vip": 1,
  "policy.normal": 1,
  "policy.vipMs": 60_000,
  "policy.normalMs": 60_000,
} as const;
export type Field = keyof typeof UNITS;

/** The fields that belong to each policy. */
export const FIELDS_OF = {
  strict: [],
  ageing: ["policy.afterMs"],
  ratio: ["policy.vip", "policy.normal"],
  deadline: ["policy.vipMs", "policy.normalMs"],
} as const satisfies Record<Kind, readonly Field[]>;

/** Everything in the form, as text. */
export type Form = Readonly<Record<Field, string>> & { readonly kind: Kind };

/** What changes and is saved together. A policy is one thing: half of one means something else. */
export const GROUPS = ["cook", "stays", "policy"] as const;
export type Group = (typeof GROUPS)[number];

export function groupOf(field: Field | "kind"): Group {
  if (field === "cookMs") return "cook";
  return field === "completedStaysMs" ? "stays" : "policy";
}

const text = (field: Field, value: number) => String(value / UNITS[field]);

/** What a policy starts with that was not in force before. */
const START = {
  "policy.afterMs": "5",
  "policy.vip": "3",
  "policy.normal": "1",
  "policy.vipMs": "4",
  "policy.normalMs": "10",
} as const;

export function formOf(settings: Pick<Settings, "cookMs" | "completedStaysMs" | "policy">): Form {
  const { cookMs, completedStaysMs, policy } = settings;
  const form = {
    ...START,
    cookMs: text("cookMs", cookMs),
    completedStaysMs: text("completedStaysMs", completedStaysMs),
    kind: policy.kind,
  };
  if (policy.kind === "ageing") return { ...form, "policy.afterMs": text("policy.afterMs", policy.afterMs) };
  if (policy.kind === "ratio") {
    return { ...form, "policy.vip": String(policy.vip), "policy.normal": String(policy.normal) };
  }
  if (policy.kind === "deadline") {
    return {
      ...form,
      "policy.vipMs": text("policy.vipMs", policy.vipMs),
      "policy.normalMs": text("policy.normalMs", policy.normalMs),
    };
  }
  return form;
}

/** The fields of a group that count while this policy is chosen. */
export function fieldsOf(group: Group, kind: Kind): readonly Field[] {
  if (group === "cook") return ["cookMs"];
  return group === "stays" ? ["completedStaysMs"] : FIELDS_OF[kind];
}

/** Whether two forms mean the same in a group. */
export function sameIn(group: Group, a: Form, b: Form): boolean {
  if (group === "policy" && a.kind !== b.kind) return false;
  return fieldsOf(group, a.kind).every((field) => numberIn(field, a[field]) === numberIn(field, b[field]));
}

/** The number in the server's unit; `null` where there is none. */
export function numberIn(field: Field, typed: string): number | null {
  const number = Number(typed.trim().replace(",", "."));
  if (typed.trim() === "" || !Number.isFinite(number)) return null;
  // A count is not rounded: the server says that it must be whole.
  return UNITS[field] === 1 ? number : Math.round(number * UNITS[field]);
}

type Patch = components["schemas"]["SettingsPatch"];

/** What to ask of the server for these groups, or the fields that hold no number. */
export function patchOf(
  form: Form,
  groups: readonly Group[],
): { patch: Patch } | { empty: readonly Field[] } {
  const fields = groups.flatMap((group) => fieldsOf(group, form.kind));
  const empty = fields.filter((field) => numberIn(field, form[field]) === null);
  if (empty.length > 0) return { empty };
  const value = (field: Field) => numberIn(field, form[field]) ?? 0;
  const patch: Patch = {};
  if (groups.includes("cook")) patch.cookMs = value("cookMs");
  if (groups.includes("stays")) patch.completedStaysMs = value("completedStaysMs");
  if (groups.includes("policy")) patch.policy = policyOf(form.kind, value);
  return { patch };
}

function policyOf(kind: Kind, value: (field: Field) => number): Policy {
  switch (kind) {
    case "strict":
      return { kind };
    case "ageing":
      return { kind, afterMs: value("policy.afterMs") };
    case "ratio":
      return { kind, vip: value("policy.vip"), normal: value("policy.normal") };
    case "deadline":
      return { kind, vipMs: value("policy.vipMs"), normalMs: value("policy.normalMs") };
  }
}

/** The bounds in what the server allows, in our unit; `null` when it says something else. */
export function boundsIn(field: Field, allowed: string): { from: number; to: number } | null {
  const found = /from (\d+) to (\d+)/.exec(allowed);
  if (!found) return null;
  return { from: Number(found[1]) / UNITS[field], to: Number(found[2]) / UNITS[field] };
}
