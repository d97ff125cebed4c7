/** What the server refuses, in the words of whoever reads it. */
import type { TFunction } from "i18next";
import { en } from "../i18n/en";
import type { Problem } from "./client";

/**
 * Why something was refused. The server speaks English and to programs; its own words are shown only for what this
 * page, being older, has no words for. `number` is the order that was meant, where the caller knows it.
 */
export function inWords(
  t: TFunction,
  { code, detail, field, allowed, status }: Problem,
  number?: number,
): string {
  if (!Object.hasOwn(en.problem, code)) return detail;
  const range = /from (\d+) to (\d+)/.exec(allowed ?? "");
  if (code === "invalidField" && field && range) {
    return t("refused.range", { field, from: range[1], to: range[2] });
  }
  return t(`problem.${code}`, {
    order: number === undefined ? t("refused.theOrder") : t("refused.order", { number }),
    field: field ?? t("refused.entry"),
    status,
  });
}
