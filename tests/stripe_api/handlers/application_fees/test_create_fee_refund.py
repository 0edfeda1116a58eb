"""POST /v1/application_fees/{id}/refunds: refund an application fee, all or a part of it."""

from concurrent.futures import ThreadPoolExecutor

from paysandbox.stripe_api.routes import GET_BALANCE_TRANSACTION, RESOURCE_ROUTE as RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.clients.transfers import PLATFORM, ROUTE, charge_of, connected, fee_returned, paid_direct, paid_to
from tests.support.tools.ledger_audit import audit

INVALID = "invalid_request_error"


def test_a_part_and_then_the_rest() -> None:
    fee = charge_of(paid_to(connected()))["application_fee"]
    first = fee_returned(fee, amount=1_00, metadata={"a": "1"})
    assert (first["amount"], first["fee"], first["metadata"]) == (1_00, fee, {"a": "1"})
    assert wrong(PLATFORM.post(RESOURCE["create_fee_refund"], fee, amount=4_01)) == (400, INVALID, None, "amount")
    second = fee_returned(fee, expand=["fee"])
    assert (second["amount"], second["fee"]["refunded"]) == (4_00, True)
    assert "already fully refunded" in PLATFORM.post(RESOURCE["create_fee_refund"], fee).error["message"]
    assert done(PLATFORM.get(GET_BALANCE_TRANSACTION, first["balance_transaction"]))["net"] == -1_00
    audit()


def test_of_a_direct_charge() -> None:
    account = connected()
    fee = charge_of(paid_direct(account), account)["application_fee"]
    assert fee_returned(fee)["amount"] == 5_00
    assert done(PLATFORM.get(ROUTE["get_application_fee"], fee))["refunded"]
    audit()


def test_it_is_the_platforms_alone() -> None:
    account = connected()
    fee = charge_of(paid_direct(account), account)["application_fee"]
    assert wrong(StripeMerchant(OTHER_MERCHANT).post(RESOURCE["create_fee_refund"], fee)) == missing("id")
    assert wrong(PLATFORM.ask(RESOURCE["create_fee_refund"], fee, {}, headers={"Stripe-Account": account})) == missing(
        "id"
    )


def test_a_key_refunds_once() -> None:
    fee = charge_of(paid_to(connected()))["application_fee"]
    first, again = (PLATFORM.post(RESOURCE["create_fee_refund"], fee, key="once", amount=1_00) for _ in range(2))
    assert (again.json, again.headers["Idempotent-Replayed"]) == (done(first), "true")
    assert done(PLATFORM.get(ROUTE["get_application_fee"], fee))["amount_refunded"] == 1_00


def test_refunds_at_once_refund_no_more_than_the_fee() -> None:
    fee = charge_of(paid_to(connected()))["application_fee"]

    def refund(number: int) -> StripeReply:
        """Send it again, as SDKs do, while others are in its way too often."""
        replies = (
            PLATFORM.post(RESOURCE["create_fee_refund"], fee, key=f"refund-{number}", amount=1_00) for _ in range(20)
        )
        return next(reply for reply in replies if reply.status != 429)

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(refund, range(8)))
    assert sorted(reply.status for reply in replies) == [200] * 5 + [400] * 3
    shown = done(PLATFORM.get(ROUTE["get_application_fee"], fee))
    assert (shown["amount_refunded"], len(shown["refunds"]["data"])) == (5_00, 5)
    audit()
