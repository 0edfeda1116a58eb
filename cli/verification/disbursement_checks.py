"""The checks of customers, funds and disbursements: what is rejected, and a disbursement that is paid.

On AWS, no disbursement is accepted: without PayPal's credentials it would require attention after 29 days, and with
them PayPal would be asked to pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cli.verification.checks import INDEXED_S, PRESENT, PUBLISHED_S, SPREAD_S, Kept, Suite, Visit
from paysandbox.core.errors import Code
from paysandbox.core.event_type import EventType
from paysandbox.customers import routes as customers
from paysandbox.disbursements import routes as disbursements
from paysandbox.disbursements.disbursement import Status
from paysandbox.funds import routes as funds
from paysandbox.webhooks import routes as webhooks

if TYPE_CHECKING:
    import httpx

    from cli.verification.checks import Answer
    from paysandbox.http.route import Route

# From the table's stream through the worker to the provider and back.
_PAID_S: Final = 60.0

_CUSTOMER: Final = {"customer_id": "vera", "email": "vera@example.com"}
# The simulated PayPal knows this recipient: there is no account, and the disbursement can be canceled.
_WITHOUT_ACCOUNT: Final = "unclaimed@example.com"


class Payer(Visit):
    """A new merchant that pays a customer."""

    customer, disbursement, unclaimed = Kept(), Kept(), Kept()

    def pays(self, key: str, amount: float, **more: str) -> httpx.Request:
        """Return a request to pay so many cents (USD) to the customer."""
        body = {**_CUSTOMER, "amount": amount, "currency": "USD", **more}
        return self.request(disbursements.CREATE_DISBURSEMENT, key, body)

    def to_disbursement(self, route: Route, disbursement: Answer) -> httpx.Request:
        """Return a request about a disbursement."""
        return self.request(route, of=(_CUSTOMER["customer_id"], disbursement["payment_id"]))

    def lists(self, route: Route, /, of: str | None = None, **query: Any) -> httpx.Request:
        """Return a list request with filters."""
        return self.request(route, of=of, query=query)


def _merchant(payer: Payer) -> None:
    with payer.check("an API key is created for a merchant that pays customers"):
        payer.makes_a_key()
    with payer.check("the API key works and its merchant has no disbursements"):
        payer.has_nothing_in(disbursements.LIST_MERCHANT_DISBURSEMENTS)


def _customers(payer: Payer) -> None:
    ask, expect = payer.request, payer.expect
    with payer.check("a customer is created"):
        payer.customer = expect(ask(customers.CREATE_CUSTOMER, body=_CUSTOMER), {**_CUSTOMER, "created_at": PRESENT})
    with payer.check("the same customer again is the same response"):
        expect(ask(customers.CREATE_CUSTOMER, body=_CUSTOMER), same_as=payer.customer)
    with payer.check("another e-mail address for a known customer is rejected"):
        other = ask(customers.CREATE_CUSTOMER, body={**_CUSTOMER, "email": "other@example.com"})
        payer.refused(other, 409, Code.CUSTOMER_EXISTS, param="email")
    with payer.check("the customer's name is set"):
        named = {"email": _CUSTOMER["email"], "name": "Vera Verify"}
        expect(ask(customers.UPDATE_CUSTOMER, body=named, of=_CUSTOMER["customer_id"]), named)
    with payer.check("the customer is shown"):
        shown = ask(customers.GET_CUSTOMER, of=_CUSTOMER["customer_id"])
        expect(shown, {**_CUSTOMER, "name": "Vera Verify", "created_at": payer.customer["created_at"]})
    with payer.check("an unknown customer returns 404"):
        payer.refused(ask(customers.GET_CUSTOMER, of="nobody"), 404, Code.RESOURCE_NOT_FOUND)


def _refusals(payer: Payer) -> None:
    with payer.check("a new merchant has no funds"):
        payer.expect(payer.request(funds.GET_FUNDS), {"data.#": 0})
    with payer.check("a disbursement that the funds do not cover is rejected"):
        payer.refused(payer.pays("disbursement 1", 12_50), 402, Code.INSUFFICIENT_BALANCE)
    with payer.check("an amount with too many decimals is rejected"):
        payer.refused(payer.pays("disbursement 2", 12.5), 400, Code.AMOUNT_INVALID, param="amount")
    with payer.check("the customer has no disbursements"):
        payer.expect(payer.lists(disbursements.LIST_DISBURSEMENTS, _CUSTOMER["customer_id"]), {"data.#": 0})
    with payer.check("an unknown disbursement returns 404"):
        unknown = payer.request(disbursements.GET_DISBURSEMENT, of=(_CUSTOMER["customer_id"], "unknown"))
        payer.refused(unknown, 404, Code.RESOURCE_NOT_FOUND)
    with payer.check("an event without PayPal's signature is rejected"):
        event = payer.request(disbursements.RECEIVE_PAYPAL_EVENT, body={"id": "WH-1"})
        payer.refused(event, 400, Code.SIGNATURE_INVALID)


def _a_disbursement(payer: Payer) -> None:
    expect = payer.expect
    with payer.check("money is added to the funds"):
        added = payer.request(funds.FUND_MERCHANT, "funding 1", {"amount": 20_00, "currency": "USD"})
        expect(added, {"amount": 20_00, "balance": 20_00})
    with payer.check("a disbursement is accepted, under the key that was refused before"):
        accepted = {"status": str(Status.PENDING), "amount": 12_50, "email": _CUSTOMER["email"], "payment_id": PRESENT}
        payer.disbursement = expect(payer.pays("disbursement 1", 12_50), accepted, status=202)
    with payer.check("the same idempotency key returns the same disbursement"):
        same = {"payment_id": payer.disbursement["payment_id"]}
        expect(payer.pays("disbursement 1", 12_50), same, status=202, headers={"Idempotent-Replayed": "true"})
    with payer.check("the disbursement is paid"):
        shown = payer.to_disbursement(disbursements.GET_DISBURSEMENT, payer.disbursement)
        expect(shown, {"status": str(Status.PAID), "trail.#": 3, "reference": PRESENT}, within_s=_PAID_S)
    with payer.check("the disbursement's event is published"):
        listed = payer.lists(webhooks.LIST_EVENTS, type=str(EventType.DISBURSEMENT_PAID), limit=1)
        of_disbursement = {"data.#": 1, "data.0.data.payment_id": payer.disbursement["payment_id"]}
        expect(listed, of_disbursement, within_s=PUBLISHED_S)
    with payer.check("the disbursement is listed"):
        listed = payer.lists(disbursements.LIST_DISBURSEMENTS, _CUSTOMER["customer_id"])
        expect(listed, {"data.#": 1, "data.0.payment_id": payer.disbursement["payment_id"]})
    with payer.check("the disbursement is found by its id"):
        payment_id = payer.disbursement["payment_id"]
        found = payer.lists(disbursements.LIST_MERCHANT_DISBURSEMENTS, payment_id=payment_id)
        expect(found, {"data.#": 1, "data.0.payment_id": payment_id}, within_s=INDEXED_S)


def _a_cancellation(payer: Payer) -> None:
    expect = payer.expect
    with payer.check("a disbursement to a recipient without an account is accepted"):
        accepted = {"status": str(Status.PENDING), "email": _WITHOUT_ACCOUNT}
        payer.unclaimed = expect(payer.pays("disbursement 3", 5_00, email=_WITHOUT_ACCOUNT), accepted, status=202)
    with payer.check("the disbursement is unclaimed"):
        shown = payer.to_disbursement(disbursements.GET_DISBURSEMENT, payer.unclaimed)
        expect(shown, {"status": str(Status.UNCLAIMED)}, within_s=_PAID_S)
    with payer.check("the unclaimed disbursement is canceled"):
        canceled = payer.to_disbursement(disbursements.CANCEL_DISBURSEMENT, payer.unclaimed)
        expect(canceled, {"payment_id": payer.unclaimed["payment_id"]})
    with payer.check("its money is back in the funds"):
        expect(payer.request(funds.GET_FUNDS), {"data.#": 1, "data.0.balance": 7_50}, within_s=_PAID_S)


def _farewell(payer: Payer) -> None:
    with payer.check("the API key of the merchant that pays customers is revoked"):
        payer.revokes_its_key()
    with payer.check("the revoked API key pays nothing"):
        listed = payer.lists(disbursements.LIST_MERCHANT_DISBURSEMENTS)
        payer.refused(listed, 401, Code.API_KEY_INVALID, within_s=SPREAD_S)


_REFUSED: Final = {"API key of disbursements": _merchant, "customers": _customers, "refused disbursements": _refusals}
_REVOKED: Final = {"revocation of disbursements": _farewell}

DISBURSEMENTS_SUITE: Final = Suite("disbursements", Payer, {**_REFUSED, **_REVOKED})
WHOLE_DISBURSEMENTS_SUITE: Final = Suite(
    "disbursements",
    Payer,
    {**_REFUSED, "disbursement": _a_disbursement, "canceled disbursement": _a_cancellation, **_REVOKED},
)
"""The suite with disbursements that are sent, for a sandbox that simulates PayPal itself."""
