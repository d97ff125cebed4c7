/** Requests that are made again when nobody answered. */
import type { TFunction } from "i18next";
import { ApiError, freshKey } from "./client";
import { inWords } from "./problem";

/** How often a request that got no answer is sent again, with the same key, before somebody has to know. */
const TRIES = 3;

/** The parameter by which the server knows a change that it is asked for again. */
export const keyed = () => ({ header: { "Idempotency-Key": freshKey() } });

export async function tried<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const again = error instanceof ApiError && error.problem === null && attempt < TRIES;
      if (!again) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300 * attempt));
    }
  }
}

/** Why something failed, for people; `number` is the order that it was about. */
export function whyNot(t: TFunction, error: unknown, number?: number): string {
  if (!(error instanceof ApiError && error.problem)) return t("said.unreachable");
  return inWords(t, error.problem, number);
}
