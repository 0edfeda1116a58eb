import { createHash } from "node:crypto";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin, ProxyOptions } from "vite";
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

/**
 * Puts the build's digest into the addresses of its files, and not into their names: a change of a page changes its
 * file and index.html. A page that is open while another build replaces its own gets no file of that one.
 */
const addressesOfBuild: Plugin = {
  name: "addresses-of-build",
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      const digest = createHash("sha256");
      const files = Object.values(bundle).filter((file) => file.fileName.startsWith("assets/"));
      for (const file of files.sort((one, other) => (one.fileName < other.fileName ? -1 : 1)))
        digest.update(`${file.fileName}\n`).update(file.type === "chunk" ? file.code : file.source);
      const page = bundle["index.html"];
      if (page?.type !== "asset") throw new Error("The build has no index.html.");
      const assets = `${BASE}assets/`;
      page.source = page.source.toString().replaceAll(assets, `${assets}${digest.digest("hex").slice(0, 16)}/`);
    },
  },
};

export default defineConfig({
  base: BASE,
  plugins: [react(), tailwindcss(), addressesOfBuild],
  // A file finds the others beside it.
  experimental: { renderBuiltUrl: (_name, { hostType }) => (hostType === "js" ? { relative: true } : undefined) },
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
    rolldownOptions: {
      output: {
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
        // Otherwise, a new export renames those of other files.
        minifyInternalExports: false,
      },
    },
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
