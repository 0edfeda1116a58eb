"""For which connected accounts there are links to their onboarding and to their dashboard. Pure.

Source: Stripe, "Account Links" and "Login Links" (API reference). The words of the refusals are Stripe's: of an account
link, as platforms' programs compare them; of a login link, stripe-dotnet#2344.
"""

from paysandbox.core.errors import Code
from paysandbox.stripe_api.connect.connected_account import ONBOARDED, collects_requirements, standing_of
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject


def not_connected() -> StripeRefused:
    """Return the error for an account link for another platform's account, and for one that does not exist."""
    return StripeRefused(
        Code.REQUEST_INVALID,
        "You requested an account link for an account that is not connected to your platform or does not exist.",
        "account",
        stripe_code="account_invalid",
    )


def check_link_type(account: StoredObject, kind: str) -> None:
    """Refuse to let an account update what Stripe, and not its platform, collects of it."""
    if kind == "account_update" and not collects_requirements(account):
        raise StripeRefused(
            Code.REQUEST_INVALID,
            "You cannot create `account_update` type Account Links for this account. Valid types for this account are "
            '["account_onboarding"].',
            "type",
        )


def onboarded(account: StoredObject) -> Attributes | None:
    """Return the attributes of an account once its onboarding is completed, or None if it waits for none."""
    return None if standing_of(account).submitted else {**account.attributes, ONBOARDED: True}


def check_has_dashboard(account: StoredObject) -> None:
    """Refuse a login link for an account without an Express Dashboard, or whose onboarding is not completed."""
    if account.attributes["controller"]["stripe_dashboard"]["type"] != "express":
        detail = f"Cannot create an edit link for the account {account.id}, which is not an Express account."
        raise StripeRefused(Code.REQUEST_INVALID, detail)
    if not standing_of(account).submitted:
        detail = "Cannot create a login link for an account that has not completed onboarding."
        raise StripeRefused(Code.REQUEST_INVALID, detail)
