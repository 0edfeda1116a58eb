"""GET /donate: the page for donors, with the facts of its environment and a policy of what it may load."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from paysandbox.aws import runtime
from paysandbox.donations.routes import SHOW_DONATION_PAGE
from paysandbox.donations.stripe_secrets import publishable_key
from tests.support.builders import build
from tests.support.clients.call import send
from tests.support.worlds import tables

PARAMETER = "/donate-now/STRIPE_PUBLISHABLE_KEY"
KEY = "pk_test_51AbCdEfGhIj"
AT_STRIPE = {
    "stripe_js_origin": "https://js.stripe.com",
    "sign_in_origin": "https://cognito-idp.us-east-1.amazonaws.com",
}


@pytest.fixture(params=[{}], ids=["local"], autouse=True)
def aws(request: pytest.FixtureRequest) -> Iterator[None]:
    with tables.sandbox(**request.param):
        publishable_key.cache_clear()
        yield
    publishable_key.cache_clear()


def set_key(key: str) -> None:
    runtime.ssm().put_parameter(Name=PARAMETER, Type="SecureString", Value=key, Overwrite=True)


def facts() -> dict[str, str]:
    """Return the attributes of the page's root element."""
    return dict(re.findall(r'data-([a-z-]+)="([^"]*)"', send(SHOW_DONATION_PAGE).text))


def policy() -> dict[str, str]:
    """Return the page's Content-Security-Policy, by directive."""
    directives = send(SHOW_DONATION_PAGE).headers["Content-Security-Policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


def test_the_page_has_the_facts_that_it_needs() -> None:
    set_key(KEY)
    assert facts() == {
        "base": "",
        "sign-in": "",
        "pool": build.DONOR_POOL,
        "client": build.DONOR_CLIENT,
        "publishable-key": KEY,
    }


def test_without_a_publishable_key_the_page_is_shown_without_one() -> None:
    assert facts()["publishable-key"] == ""


def test_another_key_is_shown_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    set_key(KEY)
    assert facts()["publishable-key"] == KEY
    set_key("pk_test_52KlMnOpQrSt")
    assert facts()["publishable-key"] == KEY, "Parameter Store is not asked for every page"
    later = runtime.wall_now() + timedelta(seconds=11)
    monkeypatch.setattr(runtime, "wall_now", lambda: later)
    assert facts()["publishable-key"] == "pk_test_52KlMnOpQrSt"


def test_no_key_is_code() -> None:
    set_key('pk_test_"><script>alert(1)</script>')
    text = send(SHOW_DONATION_PAGE).text
    assert "<script>alert" not in text
    assert "&quot;&gt;&lt;script&gt;" in text


def test_locally_everything_is_of_the_pages_own_origin() -> None:
    text = send(SHOW_DONATION_PAGE).text
    icon, style_sheet, stripe_js, script = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert (icon, stripe_js) == ("data:,", "/dahlia/stripe.js")
    assert re.fullmatch(r"/donate/donate-[0-9a-f]{16}\.css", style_sheet)
    assert re.fullmatch(r"/donate/donate-[0-9a-f]{16}\.js", script)
    allowed = " ".join(policy().values()).split()
    assert not [source for source in allowed if source.startswith(("http", "'unsafe"))]


@pytest.mark.parametrize("aws", [AT_STRIPE], indirect=True, ids=["at Stripe"])
@pytest.mark.parametrize(
    "directive, sources",
    [
        ("script-src", "'self' https://js.stripe.com https://*.js.stripe.com"),
        ("style-src", "'self'"),
        ("connect-src", "'self' https://cognito-idp.us-east-1.amazonaws.com https://api.stripe.com"),
        ("frame-src", "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"),
        ("frame-ancestors", "'none'"),
    ],
)
def test_with_stripes_account_the_page_also_loads_stripe_js(directive: str, sources: str) -> None:
    assert policy()[directive] == sources
    assert '<script defer src="https://js.stripe.com/dahlia/stripe.js">' in send(SHOW_DONATION_PAGE).text
