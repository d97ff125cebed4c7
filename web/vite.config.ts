import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the server. */
const SERVER = process.env.FEEDME_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [
    react(),
    tailwindcss(),
    VitePWA({
      registerType: "prompt",
      injectRegister: false,
      manifest: {
        name: "FeedMe",
        short_name: "FeedMe",
        description: "The live board of a restaurant whose kitchen is run by cooking bots",
        start_url: "/",
        display: "standalone",
        background_color: "#1c1917",
        theme_color: "#1c1917",
        icons: [
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
          { src: "/icon-maskable.svg", sizes: "any", type: "image/svg+xml", purpose: "maskable" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg,woff2}"],
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [/^\/api/, /^\/livez/, /^\/readyz/],
      },
    }),
  ],
  server: { proxy: { "/api": SERVER, "/livez": SERVER, "/readyz": SERVER } },
  build: {
    target: "es2023",
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        // What every screen needs is in one file each: in two dozen small ones it is 4 kB more.
        codeSplitting: {
          groups: [
            {
              name: "router",
              test: /node_modules\/(@tanstack\/(react-router|router-core|history|.*store)|use-sync-external-store)\//,
            },
            {
              name: "shared",
              test: /src\/(api|who|app\/(storage|time)|i18n\/locale|ui\/(Button|icons|toasts|shortcuts|Dialog|KeepFocus)\.)/,
            },
          ],
        },
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
});
