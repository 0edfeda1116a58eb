import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

const eslint = new ESLint({
  overrideConfig: { languageOptions: { parserOptions: { project: null } } },
  ruleFilter: ({ ruleId }) => ["no-restricted-imports", "no-restricted-syntax"].includes(ruleId),
});

async function refusals(file: string, code: string): Promise<number> {
  const [result] = await eslint.lintText(code, { filePath: file });
  return result?.messages.length ?? -1;
}

describe("imports point downwards only", () => {
  it.each([
    ["src/api/client.ts", "../parts/Button"],
    ["src/parts/Button.tsx", "../activity/ActivityPage"],
    ["src/parts/Button.tsx", "../app/App"],
    ["src/activity/ActivityPage.tsx", "../payment/PaymentPage"],
    ["src/activity/ActivityPage.tsx", "../app/App"],
    ["src/keys/KeysPage.tsx", "../webhooks/WebhooksPage"],
  ])("%s may not import %s", async (file, source) => {
    expect(await refusals(file, `import "${source}";`)).toBe(1);
    expect(await refusals(file, `void import("${source}");`)).toBe(1);
  });

  it.each([
    ["src/app/App.tsx", "../activity/ActivityPage"],
    ["src/activity/ActivityPage.tsx", "../parts/Button"],
    ["src/parts/states.tsx", "../api/client"],
    ["src/payment/PaymentPage.tsx", "../messages"],
  ])("%s may import %s", async (file, source) => {
    expect(await refusals(file, `import "${source}"; void import("${source}");`)).toBe(0);
  });
});
