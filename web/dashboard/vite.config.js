import { defineConfig } from "vite";

export default defineConfig({
  // relative, so that the page also works under a path of a proxy
  base: "./",
  build: {
    outDir: "../src/main/resources/dev/millrace/web/dashboard",
    emptyOutDir: true,
    target: "es2022",
    // a data: address would be refused by the page's content security policy
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
  },
});
