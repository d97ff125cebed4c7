import { readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { expect, test } from "@playwright/test";

test("the kitchen's screen loads less than 150 kB of script", () => {
  const page = readFileSync("dist/index.html", "utf8");
  const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map((match) => match[1]);
  expect(scripts.length).toBeGreaterThan(1);
  const bytes = scripts.map((script) => brotliCompressSync(readFileSync(`dist${script}`)).length);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(150_000);
});
