import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

// Imports point downwards only: app, then the features (which do not know each other, they only link), then parts,
// then api and messages. tests/walls.test.ts checks that these rules hold.
const FEATURES = [
  "activity",
  "payment",
  "webhooks",
  "try",
  "metrics",
  "keys",
  "lists",
  "disputes",
  "lost",
  "settlements",
  "donate",
];

/** The rules for the files of one folder: folders from which nothing may be imported. */
function wall(folder, forbidden) {
  const message = "Imports point downwards only: app, features, parts, api and messages. Features link to each other.";
  return {
    files: [`src/${folder}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: `^(\\.\\./)+(${forbidden.join("|")})(/|$)`, message }] },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: `ImportExpression > Literal[value=/^(\\.\\.\\u002f)+(${forbidden.join("|")})/]`, message },
      ],
    },
  };
}

export default defineConfig(
  globalIgnores(["built/", "src/api/schema.ts"]),
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { "react-hooks": reactHooks },
    languageOptions: { parserOptions: { project: "./tsconfig.json" } },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
    },
  },
  wall("api", ["app", "parts", ...FEATURES]),
  wall("parts", ["app", ...FEATURES]),
  ...FEATURES.map((feature) => wall(feature, ["app", ...FEATURES.filter((other) => other !== feature)])),
);
