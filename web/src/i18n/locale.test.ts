import { expect, test } from "vitest";
import { localeOf } from "./locale";

test("the region is that of the reader's first language that the app speaks", () => {
  expect(localeOf("en", ["zh-CN", "en-MY", "en-US"])).toBe("en-MY");
  expect(localeOf("zh", ["zh-CN", "en-MY", "en-US"])).toBe("zh-CN");
});

test("a reader of another language gets the app's", () => {
  expect(localeOf("ms", ["en-GB", "msx-MY"])).toBe("ms");
});

test("a tag that is none is passed over", () => {
  expect(localeOf("en", ["en-US@posix", "en-GB"])).toBe("en-GB");
  expect(localeOf("en", ["en-US@posix"])).toBe("en");
});
