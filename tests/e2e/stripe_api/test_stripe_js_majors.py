"""Majors of @stripe/stripe-js, which loads Stripe's browser library, and of its React components; and its trains."""

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
from tests.support.clients.shop_page import APPROVED, FORM, PAYMENT, result_of, typed
from tests.support.clients.stripe_sdk_calls import Sdk
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.stripe_majors import REACT_STRIPE_JS, STRIPE_JS, npm_package, stripe_js

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


# --- Stripe's React components ----------------------------------------------------------------------------------------

REACT = {3: "basil", 4: "basil", 5: "clover", 6: "dahlia", 7: "endive"}
"""The train of each major's last version, by the loader that it asks for."""

_SCRIPTS = {
    "react.js": ("react", "umd/react.development.js"),
    "react-dom.js": ("react-dom", "umd/react-dom.development.js"),
    "prop-types.js": ("prop-types", "prop-types.js"),
}
_MODULES = {"react.mjs": "export default React;", "prop-types.mjs": "export default PropTypes;"}

_REACT_PAGE = """<!doctype html>
<title>shop</title>
<script>
const warned = [];
console.warn = console.error = (...words) => warned.push(words.join(" "));
let result = null;
const keep = (promise) => {{ promise.then((it) => {{ result = it; }}, (why) => {{ result = String(why); }}); }};
</script>
<script src="{script}"></script>
<script src="/react.js"></script>
<script src="/react-dom.js"></script>
<script src="/prop-types.js"></script>
<script type="importmap">{{"imports": {{"react": "/react.mjs", "prop-types": "/prop-types.mjs"}}}}</script>
<div id="root"></div>
<script type="module">
import * as components from "/react-stripe.esm.mjs";
import * as others from "/checkout.esm.mjs";
const all = {{ ...components, ...others }};
const stripe = Stripe("{key}");
const root = ReactDOM.createRoot(document.querySelector("#root"));
const render = (...element) => root.render(
  React.createElement(React.StrictMode, null, React.createElement(...element)),
);
const onComplete = () => {{ result = "complete"; }};
window.embed = (secret) => render(
  all.EmbeddedCheckoutProvider,
  {{ stripe, options: {{ fetchClientSecret: async () => secret, onComplete }} }},
  React.createElement(all.EmbeddedCheckout),
);
const useCheckout = all.useCheckoutElements ?? all.useCheckout;
function Form() {{
  const found = useCheckout();
  window.checkout = found.type ? found.checkout : found;
  return React.createElement(all.PaymentElement);
}}
window.elements = (secret) => render(
  all.CheckoutElementsProvider ?? all.CheckoutProvider,
  {{ stripe, options: {major} < 5 ? {{ fetchClientSecret: async () => secret }} : {{ clientSecret: secret }} }},
  React.createElement(Form),
);
function OneForm() {{
  const {{ checkout }} = all.useCheckoutForm();
  const onConfirm = (formConfirmEvent) => keep(checkout.confirm({{ formConfirmEvent }}));
  return React.createElement(all.CheckoutForm, {{ onConfirm }});
}}
window.form = (clientSecret) => render(
  all.CheckoutFormProvider, {{ stripe, options: {{ clientSecret }} }}, React.createElement(OneForm),
);
</script>
"""


@pytest.fixture
def react(sandbox: Sandbox, api: Api) -> Iterator[dict[int, str]]:
    """Serve a page for each major, without a bundler. Provide their addresses."""
    key = publishable_key(api.api_key)
    paths = {train["name"]: train["path"] for train in TABLE["trains"]}

    def answer(request: Request) -> Reply:
        name = request.path.strip("/")
        if name.isdigit():
            html = _REACT_PAGE.format(script=sandbox.base_url + paths[REACT[int(name)]], key=key, major=name)
            return Reply(200, html, {"Content-Type": "text/html", "Referrer-Policy": "unsafe-url"})
        if name in _SCRIPTS:
            package, file = _SCRIPTS[name]
            text = (npm_package(package) / file).read_text(encoding="utf-8")
        elif name in _MODULES:
            text = _MODULES[name]
        else:
            major = int(request.headers["referer"].rpartition("/")[2])
            file = npm_package(REACT_STRIPE_JS[major]) / "dist" / name
            text = file.read_text(encoding="utf-8") if file.is_file() else "export {};"
        return Reply(200, text, {"Content-Type": "text/javascript"})

    with served(answer) as wire:
        yield {major: f"{wire.base_url}/{major}" for major in REACT}


def _session(sdk: Sdk, **params: Any) -> Any:
    price = {"currency": "usd", "unit_amount": 20_00, "product_data": {"name": "Hat"}}
    items: list[Any] = [{"price_data": price, "quantity": 1}]
    how: Any = {"mode": "payment", "line_items": items, "redirect_on_completion": "never", **params}
    return sdk.v1.checkout.sessions.create(how)


@pytest.mark.parametrize("major", REACT)
def test_react_components_pay_an_embedded_checkout(page: Page, sdk: Sdk, react: dict[int, str], major: int) -> None:
    made = _session(sdk, ui_mode="embedded_page")
    page.open(react[major])
    page.wait("window.embed")
    page.read(f"(embed({json.dumps(made.client_secret)}), 0)")
    frame = page.frame('iframe[name="embedded-checkout"]')
    fields = {"email": "jenny@example.com", "cardNumber": APPROVED, "cardExpiry": "12 / 40", "cardCvc": "123"}
    for name, text in fields.items():
        frame.fill(f"[name={name}]", text)
    frame.click(".SubmitButton")
    page.wait("result === 'complete'")
    assert sdk.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"
    assert page.read("warned") == []


@pytest.mark.parametrize("major", REACT)
def test_react_components_pay_a_session_by_elements(page: Page, sdk: Sdk, react: dict[int, str], major: int) -> None:
    made = _session(sdk, ui_mode="elements")
    page.open(react[major])
    page.wait("window.elements")
    page.read(f"(elements({json.dumps(made.client_secret)}), 0)")
    page.wait("window.checkout?.confirm")
    assert page.read("[checkout.id, checkout.total.total.amount]") == [made.id, "$20.00"]
    typed(page, PAYMENT, number=APPROVED)
    assert result_of(page, "checkout.updateEmail('jenny@example.com')")["type"] == "success"
    page.wait("checkout.canConfirm")
    assert result_of(page, "checkout.confirm()")["session"]["status"] == {"type": "complete", "paymentStatus": "paid"}
    assert sdk.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"
    assert page.read("warned") == []


@pytest.mark.parametrize("major", [6, 7])
def test_react_components_pay_a_session_by_one_form(page: Page, sdk: Sdk, react: dict[int, str], major: int) -> None:
    made = _session(sdk, ui_mode="form")
    page.open(react[major])
    page.wait("window.form")
    page.read(f"(form({json.dumps(made.client_secret)}), 0)")
    fields = page.frame(FORM)
    typed_in = {"email": "jenny@example.com", "number": APPROVED, "expiry": "12 / 40", "cvc": "123"}
    fields.wait("document.querySelector('.SubmitButton')?.textContent === 'Pay $20.00'")
    for name, text in {**typed_in, "postalCode": "94107"}.items():
        fields.fill(f"[name={name}]", text)
    fields.click(".SubmitButton")
    page.wait("result !== null")
    assert page.read("result.session.status") == {"type": "complete", "paymentStatus": "paid"}
    assert page.read("warned") == []
