import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

/** Measures; asserts nothing. */
export default defineConfig({
  ...tests,
  testDir: "bench",
  workers: 1,
  timeout: 300_000,
  reporter: [["line"]],
});
