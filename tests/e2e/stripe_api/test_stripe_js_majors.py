"""Eight majors of @stripe/stripe-js, which loads Stripe's browser library, and the table of its trains."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from layers.stripe_js import trains, trains_of
from paysandbox.http.keys.credential import publishable_key
from paysandbox.reference.routes import TRAINS
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.browser import Page
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.stripe_majors import STRIPE_JS, stripe_js

pytestmark = pytest.mark.full

TABLE: dict[str, Any] = trains()
MAJORS = {major: train["name"] for train in TABLE["trains"] for major in train["stripe_js"]}
_DOCUMENTED = {"handleCardPayment", "handleCardSetup"}
"""In no types of these majors, and in Stripe's documentation of older integrations ("Stripe.js reference")."""

_PAGE = """<!doctype html>
<title>shop</title>
<script>const warned = []; console.warn = (...words) => warned.push(words.join(" "));</script>
<script src="{script}"></script>
<script type="module">
import {{ loadStripe }} from "/index.mjs";
const stripe = await loadStripe("{key}");
window.loaded = typeof stripe.confirmPayment;
</script>
"""


def test_every_major_has_a_train() -> None:
    assert MAJORS.keys() == STRIPE_JS.keys()
    assert {*MAJORS.values()} == {*TRAINS}


def interface(major: int) -> set[str]:
    """Return the functions of the type `Stripe` of a major."""
    text = (stripe_js(major) / "dist" / "stripe-js" / "stripe.d.ts").read_text(encoding="utf-8")
    body = text.partition("export interface Stripe {")[2].partition("\n}\n")[0]
    return set(re.findall(r"^  (\w+)\(", re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL), re.MULTILINE))


@pytest.mark.parametrize("train", TRAINS)
def test_the_table_has_the_functions_of_the_types(train: str) -> None:
    of_types = set[str]().union(*(interface(major) for major, name in MAJORS.items() if name == train))
    of_table = {each["name"] for each in TABLE["functions"] if train in trains_of(each, [*TRAINS])}
    assert of_table - _DOCUMENTED == of_types


def test_the_table_has_the_shape_of_init_checkout() -> None:
    for major, train in MAJORS.items():
        types = stripe_js(major) / "dist" / "stripe-js"
        text = (types / "checkout.d.ts").read_text(encoding="utf-8")
        called = re.search(r"^  initCheckout\([^)]*\): (\w+)", (types / "stripe.d.ts").read_text(), re.MULTILINE)
        if called is None:
            continue
        options = text.partition("export interface StripeCheckoutOptions {")[2].partition("}")[0]
        [row] = [each["init_checkout"] for each in TABLE["trains"] if each["name"] == train]
        assert row == {
            "secret": "fetchClientSecret" if "fetchClientSecret" in options else "clientSecret",
            "result": "success" if "success: StripeCheckoutSession" in text else "session",
            "amounts": "texts" if "minorUnitsAmount" in text else "numbers",
            "resolves": called[1] == "Promise",
        }, major
    assert [train["name"] for train in TABLE["trains"] if "init_checkout" in train] == [*TRAINS][:4]


@pytest.fixture
def loader(sandbox: Sandbox, api: Api) -> Iterator[dict[int, str]]:
    """Serve a page for each major, whose loader finds the sandbox's script. Provide their addresses."""
    key = publishable_key(api.api_key)
    paths = {train["name"]: train["path"] for train in TABLE["trains"]}

    def answer(request: Request) -> Reply:
        if request.path.endswith(".mjs"):
            major = int(request.headers["referer"].rpartition("/")[2])
            return Reply(
                200, (stripe_js(major) / "dist" / "index.mjs").read_text(), {"Content-Type": "text/javascript"}
            )
        train = MAJORS[int(request.path.strip("/"))] if request.path.strip("/").isdigit() else TRAINS[0]
        html = _PAGE.format(script=sandbox.base_url + paths[train], key=key)
        return Reply(200, html, {"Content-Type": "text/html", "Referrer-Policy": "unsafe-url"})

    with served(answer) as wire:
        yield {major: f"{wire.base_url}/{major}" for major in MAJORS}


def test_each_loads_it_without_a_warning(page: Page, loader: dict[int, str], subtests: pytest.Subtests) -> None:
    for major, url in loader.items():
        with subtests.test(f"@stripe/stripe-js {major}"):
            page.open(url)
            page.wait("window.loaded")
            assert page.read("loaded") == "function"
            assert json.loads(page.read("JSON.stringify(warned)")) == []
