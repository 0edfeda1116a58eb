"""@paysandbox/playwright in a project of its own: a page that is as in production pays on the sandbox."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from paysandbox.http.keys.credential import publishable_key
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.strict_shop import StrictShop, served_strictly
from tests.support.tools.blocks import blocks
from tests.support.tools.chromium import program_file
from tests.support.tools.node_package import PLAYWRIGHT, attempt, empty_project, run

CONFIG = """
import { defineConfig } from "@playwright/test";

const { CHROMIUM, CHROMIUM_FLAGS_JSON } = process.env;
export default defineConfig({
  reporter: "list",
  workers: 1,
  use: {
    ignoreHTTPSErrors: true,
    launchOptions: { executablePath: CHROMIUM!, args: JSON.parse(CHROMIUM_FLAGS_JSON!) },
  },
});
"""

TESTS = """
import { expect, redirectStripe, test } from "@paysandbox/playwright";
import { type Page, test as base } from "@playwright/test";

async function pay(page: Page, number: string, script = "/v3/"): Promise<void> {
  await page.goto(`https://shop.example/checkout?script=${script}`);
  const fields = page.frameLocator('iframe[title="Secure payment input frame"]');
  for (const [name, text] of Object.entries({ number, expiry: "12 / 40", cvc: "123", postalCode: "94107" })) {
    await fields.locator(`[name=${name}]`).fill(text);
  }
  await page.getByRole("button", { name: "Pay" }).click();
}

test("the cardholder authenticates", async ({ page, context, stripeRedirect }) => {
  const hosts = new Set<string>();
  context.on("request", (request) => hosts.add(new URL(request.url()).host));
  await pay(page, "4000002500003155", "/endive/stripe.js");
  const bank = page.frameLocator('iframe[src*="three-ds-2-challenge"]').frameLocator("#challengeFrame");
  await bank.locator("#test-source-authorize-3ds").click();
  await page.waitForURL("**/thanks?*redirect_status=succeeded");
  const stripes = ["api.stripe.com", "hooks.stripe.com", "js.stripe.com"];
  expect([...new Set(stripeRedirect.requests.map(({ host }) => host))].sort()).toEqual(stripes);
  expect([...hosts].sort()).toEqual([...stripes, "shop.example"]);
});

test("a declined card is said on the page", async ({ page }) => {
  await pay(page, "4000000000009995");
  await page.getByText("insufficient_funds").waitFor();
});

test("a test ends while its page is loading", async ({ page }) => {
  await page.goto("https://shop.example/checkout");
  await page.evaluate("void setInterval(() => fetch('https://api.stripe.com/v1/customers').catch(() => {}), 20)");
});

base("a context of one's own", async ({ browser }) => {
  const context = await browser.newContext();
  const redirect = await redirectStripe(context, { url: process.env["PAYSANDBOX_BASE_URL"]! });
  const page = await context.newPage();
  await pay(page, "4242424242424242");
  await page.waitForURL("**/thanks?*redirect_status=succeeded");
  expect(await page.evaluate("navigator.serviceWorker.register('/worker.js')")).toBe(undefined);
  expect(redirect.requests[0]).toEqual({ method: "GET", host: "js.stripe.com", path: "/v3/", status: 200 });
  await context.close();
});

test.describe("without a sandbox", () => {
  test.use({ paysandboxUrl: "http://127.0.0.1:9" });
  test("nothing is loaded", async ({ page, stripeRedirect }) => {
    await page.goto("https://shop.example/checkout");
    expect(String(stripeRedirect)).toContain("GET https://js.stripe.com/v3/ was not answered");
  });
});
"""

PRINTED = (
    "GET https://js.stripe.com/endive/stripe.js 200",
    r"POST https://api.stripe.com/v1/payment_intents/pi_\w+/confirm 200",
    r"POST https://api.stripe.com/v1/payment_intents/pi_\w+/confirm 402",
    r"POST https://hooks.stripe.com/authenticate/\S+ 303",
)

STRICT = ("--noEmit", "--strict", "--target", "ES2023", "--module", "NodeNext", "--types", "node", "--skipLibCheck")
ACCOUNT = "51HxAbCdEfGhIjKlM"
ISSUED_ELSEWHERE = (f"sk_test_{ACCOUNT}KeptByTheShop", f"pk_test_{ACCOUNT}PublishedByIt")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a project with the package, and the files that the docs show."""
    it = empty_project(tmp_path_factory.mktemp("playwright"), PLAYWRIGHT)
    (it / "playwright.config.ts").write_text(CONFIG)
    (it / "shop.spec.ts").write_text(TESTS)
    [guide] = [block.text for block in blocks("typescript") if block.file == "docs/how-to/pay-in-a-browser.md"]
    assert guide in (PLAYWRIGHT / "README.md").read_text()
    (it / "pay.spec.ts").write_text(guide)
    return it


@pytest.fixture
def run_tests(project: Path, sandbox: Sandbox) -> "Callable[[str, StrictShop], subprocess.CompletedProcess[str]]":
    """Return a function that runs a file of tests with this machine's Chromium."""
    browser = str(program_file(project))

    def run_file(name: str, shop: StrictShop) -> "subprocess.CompletedProcess[str]":
        env = {"PAYSANDBOX_BASE_URL": sandbox.base_url, "CHROMIUM": browser, "CI": "1", "NO_COLOR": "1"}
        return attempt(project, "node_modules/.bin/playwright", "test", name, **env, **shop.variables)

    return run_file


@pytest.mark.full
@pytest.mark.timeout(240)
def test_a_page_that_is_as_in_production_pays_on_the_sandbox(
    sandbox: Sandbox,
    api: Api,
    run_tests: "Callable[[str, StrictShop], subprocess.CompletedProcess[str]]",
) -> None:
    with served_strictly(sandbox.base_url, api.api_key, publishable_key(api.api_key)) as shop:
        done = run_tests("shop.spec.ts", shop)

    printed = done.stdout + done.stderr
    assert "5 passed" in printed, printed
    assert f"Redirected from Stripe's hosts to {sandbox.base_url}:" in printed
    missing = [line for line in PRINTED if not re.search(rf"^  {line}( \(\d+ times\))?$", printed, re.MULTILINE)]
    assert missing == [], printed
    assert "_secret_" not in printed, "queries are not printed"


@pytest.mark.full
@pytest.mark.timeout(240)
def test_the_guide_pays_with_the_keys_of_an_account_at_stripe(
    sandbox: Sandbox, run_tests: "Callable[[str, StrictShop], subprocess.CompletedProcess[str]]"
) -> None:
    with served_strictly(sandbox.base_url, *ISSUED_ELSEWHERE) as shop:
        done = run_tests("pay.spec.ts", shop)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.full
def test_tests_are_type_checked(project: Path) -> None:
    run(project, "node_modules/.bin/tsc", *STRICT, "pay.spec.ts", "shop.spec.ts", "playwright.config.ts")
    (project / "wrong.ts").write_text(TESTS.replace("{ url: ", "{ uri: "))
    done = attempt(project, "node_modules/.bin/tsc", *STRICT, "wrong.ts")
    assert "'uri' does not exist in type 'RedirectOptions'" in done.stdout
