import { expect, test } from "vitest";
import { en } from "./en";
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
  ["ms", ms],
  ["zh", zh],
])("%s says everything, with the same figures in it", (_, language) => {
  const said = new Map(words(language));
  for (const [key, text] of words(en)) {
    expect(gaps(said.get(key) ?? ""), key).toEqual(gaps(text));
    expect(said.get(key)?.trim(), key).not.toBe("");
  }
  expect(said.size).toBe(words(en).length);
});
