"""POST /v1/accounts/{id}/reject: an account that neither charges nor is paid out to any more.

Source: Stripe, "Reject an account", and the changelog of 2026-09-30.endive.
"""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT, GET_OWN_ACCOUNT
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong
from tests.support.clients.transfers import connected, destination, funded

PLATFORM = StripeMerchant()
BEFORE = "2026-08-26.dahlia"
NO_ACCESS = (403, "invalid_request_error", "account_invalid", None)
BOTH = {name: {"requested": True} for name in ("card_payments", "transfers")}


def account(**params: Any) -> str:
    return connected(**{"type": "express", "capabilities": BOTH, **params})


def reject(name: str, reason: str = "other", version: str | None = None, **parts: Any) -> Any:
    return StripeMerchant(version=version).ask(ROUTE["reject_account"], name, {"reason": reason}, **parts)


@pytest.mark.parametrize(
    "reason, version, disabled",
    [
        *((f"fraud_{kind}", None, "rejected.platform_fraud")
          for kind in ("no_intent_to_fulfill", "other", "payment_method_casher", "payment_method_tester")),
        ("terms_of_service", None, "rejected.platform_terms_of_service"),
        ("other", None, "rejected.platform_other"),
        ("credit", None, "rejected.platform_other"),
        ("fraud", BEFORE, "rejected.fraud"),
        ("terms_of_service", BEFORE, "rejected.terms_of_service"),
        ("other", BEFORE, "rejected.other"),
    ],
)  # fmt: skip
def test_it_is_disabled_for_the_reason_as_its_version_has_it(reason: str, version: str | None, disabled: str) -> None:
    rejected = done(reject(account(), reason, version))
    assert rejected["requirements"]["disabled_reason"] == disabled
    assert rejected["capabilities"] == {"card_payments": "inactive", "transfers": "inactive"}
    assert (rejected["charges_enabled"], rejected["payouts_enabled"]) == (False, False)
    shown = done(StripeMerchant(version=version).get(GET_OWN_ACCOUNT, rejected["id"]))
    assert shown == rejected


@pytest.mark.parametrize("reason, version", [("fraud", None), ("credit", BEFORE), ("fraud_other", BEFORE), ("x", None)])
def test_a_reason_that_a_version_does_not_have(reason: str, version: str | None) -> None:
    reply = reject(account(), reason, version)
    assert (reply.status, reply.error["param"]) == (400, "reason")


def test_nothing_is_sent_to_it_or_paid_out_from_it() -> None:
    funded()
    name = account(external_account="btok_us_verified")
    done(reject(name))
    done(PLATFORM.post(ROUTE["update_capability"], (name, "transfers"), requested=True))
    transfer = PLATFORM.post(ROUTE["create_transfer"], amount=1_00, currency="usd", destination=name)
    for reply in (transfer, PLATFORM.post(CREATE_PAYMENT_INTENT, **destination(name))):
        assert reply.error["code"] == "insufficient_capabilities_for_transfer"
    payout = PLATFORM.ask(
        ROUTE["create_payout"], None, {"amount": 1, "currency": "usd"}, headers={"Stripe-Account": name}
    )
    assert payout.status == 400


def test_a_repeated_request_gets_the_same_answer() -> None:
    name = account()
    first = reject(name, key="k")
    assert (reject(name, key="k").text, reject(name).status) == (first.text, 200)


def test_an_account_whose_losses_stripe_bears_is_not_rejected() -> None:
    name = connected()
    assert wrong(reject(name)) == (400, "invalid_request_error", None, None)
    assert done(PLATFORM.get(GET_OWN_ACCOUNT, name))["charges_enabled"]


def test_accounts_that_a_platform_cannot_reject() -> None:
    deleted = account()
    done(PLATFORM.ask(ROUTE["delete_account"], deleted))
    theirs = connected(OTHER_MERCHANT, type="express", capabilities=BOTH)
    for name in (deleted, theirs, "acct_unknown"):
        assert wrong(reject(name)) == NO_ACCESS
