"""pytest-paysandbox with pytest-playwright: a page that is as in production pays on the sandbox."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.state.image import FOLDER_VARIABLE
from paysandbox.http.keys.credential import publishable_key
from tests.e2e.conftest import IMAGES, PROGRAM, START_S, Sandbox
from tests.support.clients.api import Api
from tests.support.clients.strict_shop import StrictShop, served_strictly
from tests.support.tools.blocks import blocks
from tests.support.tools.chromium import program_file
from tests.support.tools.python_package import PLAYWRIGHT, empty_environment

CONFTEST = """
import json
import os
from urllib.parse import urlsplit

import pytest


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    flags = json.loads(os.environ["CHROMIUM_FLAGS_JSON"])
    return browser_type_launch_args | {"executable_path": os.environ["CHROMIUM"], "args": flags}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return browser_context_args | {"ignore_https_errors": True}


@pytest.fixture(autouse=True)
def nothing_else_is_requested(page):
    hosts, errors = set(), []
    page.context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield
    assert hosts <= {"shop.example", "js.stripe.com", "api.stripe.com", "hooks.stripe.com"}
    assert [error for error in errors if "402" not in error] == []
"""

TESTS = """
from pytest_paysandbox import redirect_stripe


def pay(page, number, script="/v3/"):
    page.goto(f"https://shop.example/checkout?script={script}")
    fields = page.frame_locator('iframe[title="Secure payment input frame"]')
    for name, text in {"number": number, "expiry": "12 / 40", "cvc": "123", "postalCode": "94107"}.items():
        fields.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="Pay").click()


def test_a_card_pays(page, paysandbox_stripe_redirect):
    pay(page, "4242424242424242", "/endive/stripe.js")
    page.wait_for_url("**/thanks?*redirect_status=succeeded")


def test_the_cardholder_authenticates(page, paysandbox_stripe_redirect):
    pay(page, "4000002500003155")
    bank = page.frame_locator('iframe[src*="three-ds-2-challenge"]').frame_locator("#challengeFrame")
    bank.locator("#test-source-authorize-3ds").click()
    page.wait_for_url("**/thanks?*redirect_status=succeeded")
    hosts = {request.host for request in paysandbox_stripe_redirect.requests}
    assert hosts == {"js.stripe.com", "api.stripe.com", "hooks.stripe.com"}


def test_a_declined_card_is_said_on_the_page(page, paysandbox_stripe_redirect):
    pay(page, "4000000000009995")
    page.get_by_text("insufficient_funds").wait_for()


def test_a_context_of_ones_own(page, paysandbox_engine):
    redirect = redirect_stripe(page.context, paysandbox_engine.base_url)
    pay(page, "4242424242424242")
    page.wait_for_url("**/thanks?*redirect_status=succeeded")
    assert page.evaluate("navigator.serviceWorker.register('/worker.js')") is None
    assert str(redirect.requests[0]) == "GET https://js.stripe.com/v3/ 200"
"""

# pytest-playwright has a fixture of a form that pytest deprecates.
WARNINGS = ("-W", "error", "-W", "ignore::pytest.PytestRemovedIn10Warning")

PRINTED = (
    "GET https://js.stripe.com/endive/stripe.js 200",
    "GET https://js.stripe.com/v3/three-ds-2-challenge.html 200",
    r"POST https://api.stripe.com/v1/payment_intents/pi_\w+/confirm 200",
    r"POST https://api.stripe.com/v1/payment_intents/pi_\w+/confirm 402",
    r"POST https://hooks.stripe.com/authenticate/\S+ 303",
)

ACCOUNT = "51HxAbCdEfGhIjKlM"
ISSUED_ELSEWHERE = (f"sk_test_{ACCOUNT}KeptByTheShop", f"pk_test_{ACCOUNT}PublishedByIt")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide the Python of an environment with pytest-playwright and the package."""
    return empty_environment(tmp_path_factory.mktemp("environment"), PLAYWRIGHT)


@pytest.fixture
def run_tests(environment: Path, tmp_path: Path, sandbox: Sandbox) -> Callable[[str, StrictShop], str]:
    """Return a function that runs tests in a project with this machine's Chromium, and returns the output."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "paysandbox").symlink_to(PROGRAM)
    browser = program_file(tmp_path)
    (tmp_path / "conftest.py").write_text(CONFTEST)

    def run(tests: str, shop: StrictShop) -> str:
        (tmp_path / "test_shop.py").write_text(tests)
        done = subprocess.run(
            [environment, "-m", "pytest", *WARNINGS, "-rP", "-p", "no:cacheprovider", tmp_path],
            cwd=tmp_path,
            env={
                "PATH": os.pathsep.join([str(tmp_path / "bin"), os.defpath]),
                "PAYSANDBOX_HOME": str(sandbox.home),
                FOLDER_VARIABLE: str(IMAGES),
                "CHROMIUM": str(browser),
                **shop.variables,
            },
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
        return done.stdout + done.stderr

    return run


@pytest.mark.full
@pytest.mark.timeout(240)
def test_a_page_that_is_as_in_production_pays_on_the_sandbox(
    sandbox: Sandbox, api: Api, run_tests: Callable[[str, StrictShop], str]
) -> None:
    with served_strictly(sandbox.base_url, api.api_key, publishable_key(api.api_key)) as shop:
        printed = run_tests(TESTS, shop)

    assert "4 passed" in printed, printed
    assert f"Redirected from Stripe's hosts to {sandbox.base_url}:" in printed
    missing = [line for line in PRINTED if not re.search(rf"^  {line}( \(\d+ times\))?$", printed, re.MULTILINE)]
    assert missing == [], printed
    assert "_secret_" not in printed, "queries are not printed"


@pytest.mark.full
@pytest.mark.timeout(240)
def test_the_guide_pays_with_the_keys_of_an_account_at_stripe(
    sandbox: Sandbox, run_tests: Callable[[str, StrictShop], str]
) -> None:
    [block] = [block for block in blocks("python") if block.file == "docs/how-to/pay-in-a-browser.md"]
    with served_strictly(sandbox.base_url, *ISSUED_ELSEWHERE) as shop:
        printed = run_tests(block.text, shop)
    assert "1 passed" in printed, printed
