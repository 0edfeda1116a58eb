import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page for donors: one script and one style sheet, which the function of GET /donate serves. */
export default defineConfig({
  plugins: [react(), tailwindcss()],
  publicDir: false,
  build: {
    outDir: fileURLToPath(new URL("../lambdas/donations/page", import.meta.url)),
    // index.html lies there too.
    emptyOutDir: false,
    target: "es2023",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.txt" },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: "src/donate/main.tsx",
      output: { entryFileNames: "donate.js", assetFileNames: "donate[extname]", codeSplitting: false },
    },
  },
});
