import i18next, { type TFunction } from "i18next";
import { describe, expect, test } from "vitest";
import { en } from "../i18n/en";
import { ms } from "../i18n/ms";
import { zh } from "../i18n/zh";
import { ApiError, type Problem } from "./client";
import { inWords } from "./problem";
import { whyNot } from "./tried";

const said = async (lng: string, translation: typeof en): Promise<TFunction> => {
  const spoken = i18next.createInstance();
  return spoken.init({ lng, resources: { [lng]: { translation } }, interpolation: { escapeValue: false } });
};

const problem = (code: string, more: Partial<Problem> = {}): Problem => ({
  type: "about:blank",
  title: "",
  status: 409,
  code: code as Problem["code"],
  detail: "order 7 is COMPLETE",
  ...more,
});

const CODES = Object.keys(en.problem);

describe.each([
  ["en", en, "order 7"],
  ["ms", ms, "pesanan 7"],
  ["zh", zh, "7 号订单"],
])("in %s", (lng, language, order) => {
  test.each(CODES)("%s has words of its own, and no gap in them", async (code) => {
    const t = await said(lng, language);
    for (const words of [inWords(t, problem(code)), inWords(t, problem(code, { field: "note" }), 7)]) {
      expect(words).not.toMatch(/COMPLETE|[{}]|problem\.|refused\.|undefined/);
      // They stand within a sentence.
      expect(words).not.toMatch(/^[A-Z]|[.。]$/);
    }
  });

  test("the order that was meant is named", async () => {
    const t = await said(lng, language);
    expect(whyNot(t, new ApiError(problem("wrongStatus")), 7)).toContain(order);
    expect(whyNot(t, new ApiError(problem("wrongStatus")))).not.toContain("7");
  });

  test("a field is named, and its bounds", async () => {
    const t = await said(lng, language);
    const range = problem("invalidField", { field: "limit", allowed: "a whole number from 1 to 100" });
    expect(inWords(t, range)).toMatch(/limit.*\b1\b.*\b100\b/);
    const listed = problem("invalidField", { field: "type", allowed: "`NORMAL` or `VIP`" });
    expect(inWords(t, listed)).toContain("type");
  });

  test("what has no words here is said in the server's", async () => {
    const t = await said(lng, language);
    expect(inWords(t, problem("ovenOnFire"))).toBe("order 7 is COMPLETE");
    expect(inWords(t, problem("constructor"))).toBe("order 7 is COMPLETE");
  });

  test("no answer is said to be none", async () => {
    const t = await said(lng, language);
    expect(whyNot(t, new ApiError(null))).toBe(language.said.unreachable);
  });
});
