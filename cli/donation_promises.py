"""What `paysandbox verify` checks of the donations: who gets in, what everybody may read, and one from end to end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cli.verification import PRESENT, Ask, Chapter, Check, DonorAsk, Expect, KeyOfRun, Of, Suite
from paysandbox.domain.donation import DonationStatus, Receipt
from paysandbox.errors import Code
from paysandbox.routes.donations import (
    CREATE_DONATION_INTENT,
    GET_DONATION_TOTAL,
    LIST_MY_DONATIONS,
    LIST_RECENT_DONATIONS,
    RECEIVE_STRIPE_EVENT,
)
from paysandbox.routes.route import Api, Route
from paysandbox.routes.stripe_api import CONFIRM_PAYMENT_INTENT, CREATE_REFUND

# From Stripe over webhook, queue and worker to the table; to the mail another queue and worker.
_TOLD_S: Final = 60.0

DONOR: Final = Of("donor", "authorization")
DONATION: Final = Of("donation", "donation_id")
INTENT: Final = Of("donation", "client_secret", before="_secret_")

_GIFT: Final = {"amount": 50_00, "currency": "USD", "message": "For the roof"}
_CACHED: Final = {"Cache-Control": "public, max-age=5", "ETag": PRESENT}


def _public(route: Route) -> Ask:
    return Ask(route.method, route.path, with_key=False)


def _as_donor(route: Route, body: Mapping[str, Any] | None = None, key: str | None = None) -> Ask:
    names = {} if key is None else {"X-Idempotency-Key": KeyOfRun(key)}
    return Ask(route.method, route.path, body=body, headers={"Authorization": DONOR, **names}, with_key=False)


def _at_stripe(route: Route, key: str, form: Mapping[str, Any], **path: Of) -> Ask:
    headers = {"Authorization": Of("run", "stripe_account"), "Idempotency-Key": KeyOfRun(key)}
    return Ask(route.method, route.path, path, headers=headers, form=form, api=Api.V1, with_key=False)


def _refused(status: int, code: Code, **body: Any) -> Expect:
    return Expect(status, {"code": str(code), **body})


_DONATIONS: Final = Chapter("donations", (
    Check("the latest donations are for everybody", _public(LIST_RECENT_DONATIONS),
          Expect(200, {"#": PRESENT}, _CACHED)),
    Check("so is what was given in all", _public(GET_DONATION_TOTAL),
          Expect(200, {"total_amount_dollars": PRESENT, "totals": PRESENT}, _CACHED)),
    Check("without a token nobody donates", Ask("POST", CREATE_DONATION_INTENT.path, body=_GIFT, with_key=False),
          _refused(401, Code.TOKEN_INVALID)),
    Check("a donor signs in", DonorAsk.SIGN_IN),
    Check("nothing was given by a new donor", _as_donor(LIST_MY_DONATIONS),
          Expect(200, {"data.#": 0, "next_cursor": None})),
    Check("less than a card can pay is refused", _as_donor(CREATE_DONATION_INTENT, {"amount": 1}),
          _refused(400, Code.AMOUNT_TOO_SMALL, param="amount")),
    Check("an event that Stripe did not sign is refused",
          Ask("POST", RECEIVE_STRIPE_EVENT.path, body={"id": "evt_1"}, with_key=False),
          _refused(400, Code.SIGNATURE_INVALID)),
))  # fmt: skip

_A_DONATION: Final = Chapter("a donation", (
    Check("it is begun", _as_donor(CREATE_DONATION_INTENT, _GIFT, "gift 1"),
          Expect(200, {"client_secret": PRESENT, "donation_id": PRESENT}), keep="donation"),
    Check("the same key gets the same intent", _as_donor(CREATE_DONATION_INTENT, _GIFT, "gift 1"),
          Expect(200, {"client_secret": Of("donation", "client_secret"), "donation_id": DONATION})),
    Check("the same key for another amount is refused",
          _as_donor(CREATE_DONATION_INTENT, {**_GIFT, "amount": 51_00}, "gift 1"),
          _refused(422, Code.IDEMPOTENCY_KEY_REUSED)),
    Check("a card pays it at Stripe",
          _at_stripe(CONFIRM_PAYMENT_INTENT, "gift 1", {"payment_method": "pm_card_visa"}, intent=INTENT),
          Expect(200, {"status": "succeeded", "amount": 50_00, "metadata.donation_id": DONATION}), keep="paid"),
    Check("it has succeeded, and its receipt is sent", _as_donor(LIST_MY_DONATIONS),
          Expect(200, {"data.#": 1, "data.0.donation_id": DONATION, "data.0.amount": Of("paid", "amount"),
                       "data.0.status": str(DonationStatus.SUCCEEDED), "data.0.receipt": str(Receipt.SENT)},
                 within_s=_TOLD_S)),
    Check("it is given back at Stripe", _at_stripe(CREATE_REFUND, "gift back", {"payment_intent": INTENT}),
          Expect(200, {"status": "succeeded", "amount": Of("paid", "amount")}), keep="given back"),
    Check("so it is refunded", _as_donor(LIST_MY_DONATIONS),
          Expect(200, {"data.0.status": str(DonationStatus.REFUNDED), "data.0.refunded": Of("given back", "amount")},
                 within_s=_TOLD_S)),
))  # fmt: skip

DONATIONS_SUITE: Final = Suite("donations", (_DONATIONS,))
WHOLE_DONATION_SUITE: Final = Suite("donations", (_DONATIONS, _A_DONATION))
"""Where Stripe is the sandbox itself: one donation from its intent to the refund too."""
