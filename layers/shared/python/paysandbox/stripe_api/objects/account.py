"""Stripe's Account of a merchant, as GET /v1/account shows that of the key ("The Account object").

A merchant is a name, and nobody onboards it: what Stripe asks of a business is null, and what a sandbox can do is
enabled. Payouts cannot be changed over this API, so their settings are left out.
"""

from typing import Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.ids import account_id, application_id

PROFILE: Final = (
    "mcc",
    "minority_owned_business_designation",
    "product_description",
    "specified_commercial_transactions_act_url",
    "support_address",
    "support_email",
    "support_phone",
    "support_url",
    "url",
)
STATEMENT_PREFIX: Final = "statement_descriptor_prefix"
BRANDING: Final = ("icon", "logo", "primary_color", "secondary_color")


def render_application(merchant: str) -> Body:
    """Render the Connect application of a platform. Its name is the merchant's."""
    return {"id": application_id(merchant), "object": "application", "name": merchant}


def render_account(merchant: str) -> Body:
    """Return the account of a merchant: the same at any time."""
    return {
        "id": account_id(merchant),
        "object": "account",
        "business_profile": {**dict.fromkeys(PROFILE), "name": merchant},
        "business_type": None,
        "capabilities": {"card_payments": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "settings": {
            "branding": dict.fromkeys(BRANDING),
            "card_payments": in_each_script(STATEMENT_PREFIX),
            "dashboard": {"display_name": merchant, "timezone": "Etc/UTC"},
            "payments": in_each_script("statement_descriptor")
            | dict.fromkeys((f"{STATEMENT_PREFIX}_kana", f"{STATEMENT_PREFIX}_kanji")),
        },
        "type": "standard",
    }


def in_each_script(name: str) -> Body:
    """Return a text that nobody chose, in Latin letters and in the two scripts of Japan."""
    return dict.fromkeys((name, f"{name}_kana", f"{name}_kanji"))
