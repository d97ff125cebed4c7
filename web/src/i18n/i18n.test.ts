import { expect, test } from "vitest";
import { en } from "./en";
import { en as moreEn } from "./more/en";
import { ms as moreMs } from "./more/ms";
import { zh as moreZh } from "./more/zh";
import { ms } from "./ms";
import { zh } from "./zh";

function words(tree: object, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[`${path}${key}`, value] as [string, string]]
      : words(value, `${path}${key}.`),
  );
}

const gaps = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

test.each([
  ["ms", en, ms],
  ["zh", en, zh],
  ["more ms", moreEn, moreMs],
  ["more zh", moreEn, moreZh],
])("%s says everything, with the same figures in it", (_, english, language) => {
  const said = new Map(words(language));
  for (const [key, text] of words(english)) {
    expect(gaps(said.get(key) ?? ""), key).toEqual(gaps(text));
    expect(said.get(key)?.trim(), key).not.toBe("");
  }
  expect(said.size).toBe(words(english).length);
});

test("what comes later says nothing that is said already", () => {
  expect(Object.keys(moreEn).filter((key) => key in en)).toEqual([]);
});
