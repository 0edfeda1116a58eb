import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { ProxyOptions } from "vite";
import { defineConfig } from "vitest/config";

const BASE = "/dashboard/";
// `npm run dev` shows this folder's page with the data of a running sandbox.
const SANDBOX = process.env["SANDBOX_URL"] ?? "http://127.0.0.1:4610";

/** Everything but the page itself comes from the sandbox, which accepts its own origin only for a session. */
const proxy: Record<string, ProxyOptions> = {
  "^/(?!dashboard/)|^/dashboard/config\\.json": {
    target: SANDBOX,
    changeOrigin: true,
    headers: { origin: new URL(SANDBOX).origin },
  },
};

export default defineConfig({
  base: BASE,
  plugins: [react(), tailwindcss()],
  server: { host: "127.0.0.1", port: 4680, proxy },
  build: {
    outDir: "built",
    emptyOutDir: true,
    target: "es2023",
    // The Content-Security-Policy allows files of the same origin only: no inlined assets, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Of the packages whose code the build contains: their licenses ask for it.
    license: { fileName: "licenses.txt" },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
  },
  test: {
    environment: "jsdom",
    // One jsdom for each worker instead of one for each file.
    pool: "vmThreads",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    // On a busy machine; nothing waits for time.
    testTimeout: 30_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
