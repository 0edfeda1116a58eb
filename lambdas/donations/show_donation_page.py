"""GET /donate: the page for donors, which dashboard/src/donate makes. It calls the same routes as any other client."""

from html import escape
from typing import Final

from donations.page_files import FOLDER, file_name
from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import DonationPageSettings, DonorPoolSettings
from paysandbox.donations.routes import SHOW_DONATION_PAGE
from paysandbox.donations.stripe_secrets import publishable_key
from paysandbox.http.html import HTML, PAGE_HEADERS
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_STRIPE_JS

STRIPE_JS: Final = GET_STRIPE_JS["dahlia"].path
"""Of the train of Stripe.js's versions that the page was written for, here and at Stripe."""

_TEMPLATE: Final = FOLDER / "index.html"
# What Stripe.js needs (Stripe, "Integration security guide", Content Security Policy).
_STRIPE: Final = {
    "script-src": "https://js.stripe.com https://*.js.stripe.com",
    "connect-src": "https://api.stripe.com",
    "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    "img-src": "https://*.stripe.com",
}


@endpoint(SHOW_DONATION_PAGE)
def handler(call: Call[None, None]) -> Page:
    """The page with the facts that it needs: where to sign in, and the account's publishable key, if it is set."""
    page, pool = settings_of(DonationPageSettings), settings_of(DonorPoolSettings)
    base = call.request.prefix
    facts = {
        "base": base,
        "sign_in": page.sign_in_origin,
        "pool": pool.cognito_user_pool_id,
        "client": pool.cognito_user_pool_client_id,
        "publishable_key": publishable_key().latest() or "",
        "style_sheet": file_name("css"),
        "script": file_name("js"),
        "stripe_js": f"{page.stripe_js_origin or base}{STRIPE_JS}",
    }
    text = _TEMPLATE.read_text(encoding="utf-8").format(**{name: escape(value) for name, value in facts.items()})
    headers = PAGE_HEADERS | {"Content-Security-Policy": _policy(page)}
    return Page(text=text, content_type=HTML, headers=headers, tagged=True)


def _policy(page: DonationPageSettings) -> str:
    """Return the page's Content-Security-Policy. Nothing stands inline, and nobody may frame it."""
    stripe = _STRIPE if page.stripe_js_origin else {}
    sources = {
        "default-src": "'none'",
        "script-src": f"'self' {stripe.get('script-src', '')}",
        "style-src": "'self'",
        "connect-src": f"'self' {page.sign_in_origin} {stripe.get('connect-src', '')}",
        "frame-src": stripe.get("frame-src", "'self'"),
        "img-src": f"'self' data: {stripe.get('img-src', '')}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {' '.join(allowed.split())}" for name, allowed in sources.items())
