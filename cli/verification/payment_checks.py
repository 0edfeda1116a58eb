"""The checks of the native API: its pages, and the life cycle of a payment in chronological order.

Each `with` block is a promise: a request, and the expected response. Add a new one where it belongs in that order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cli.verification.checks import ABSENT, INDEXED_S, PRESENT, PUBLISHED_S, SPREAD_S, Answer, Kept, Suite, Visit
from cli.verification.dashboard_checks import DASHBOARD_SUITE
from cli.verification.disbursement_checks import DISBURSEMENTS_SUITE, WHOLE_DISBURSEMENTS_SUITE
from cli.verification.donation_checks import DONATIONS_SUITE, WHOLE_DONATION_SUITE
from cli.verification.stripe_checks import STRIPE_SUITE
from paysandbox.clock import routes as clock
from paysandbox.core.errors import Code
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.disputes import routes as disputes
from paysandbox.feed import routes as feed
from paysandbox.inbox import routes as inbox
from paysandbox.metrics import routes as metrics
from paysandbox.payments import routes as payments
from paysandbox.postings import routes as postings
from paysandbox.reference import routes as reference
from paysandbox.request_log import routes as request_log
from paysandbox.settlement import routes as settlements
from paysandbox.simulate import routes as simulate
from paysandbox.webhooks import routes as webhooks

if TYPE_CHECKING:
    import httpx

    from cli.connection.target import Target
    from paysandbox.http.route import Route

# CloudWatch delivers log lines within seconds.
_LOGGED_S: Final = 90.0

_APPROVING: Final = "4242424242424242"
_WITHOUT_FUNDS: Final = "4000000000009995"
_CHALLENGED: Final = "4000000000003220"

_FIRST_ANSWER: Final = {"Idempotent-Replayed": ABSENT, "Request-Id": PRESENT}
_REPLAYED: Final = {"Idempotent-Replayed": "true"}

# Never resolves (RFC 6761), so no server is called.
_RECEIVER: Final = {"url": "https://verify.invalid/webhooks", "events": ["*"]}


class Reader(Visit):
    """A client without an API key."""

    health = Kept()


def _health(reader: Reader) -> None:
    with reader.check("the health check needs no API key"):
        reader.health = reader.expect(
            reader.request(payments.GET_HEALTH),
            {"status": "ok", "environment": reader.place.environment, "version": PRESENT},
        )


def _documents(reader: Reader) -> None:
    get, expect = reader.request, reader.expect
    with reader.check("the root page links to the documentation"):
        version = reader.health["version"]
        expect(get(reference.GET_WELCOME), {"service": PRESENT, "version": version, "links.openapi": PRESENT})
    with reader.check("the documentation is served"):
        expect(get(reference.GET_DOCS), contains=["Documentation"])
    with reader.check("the API explorer is served"):
        expect(get(reference.GET_DOCS_ASSET, of="explorer"), contains=["swagger-ui"])
    with reader.check("the OpenAPI document is served"):
        operation = f"paths.{payments.AUTHORIZE_PAYMENT.path}.post.operationId"
        expect(get(reference.GET_DOCUMENT), {"openapi": "3.1.0", operation: payments.AUTHORIZE_PAYMENT.name})
    with reader.check("the Postman collection is served"):
        expect(get(reference.GET_POSTMAN_COLLECTION), {"info.name": PRESENT, "item.#": PRESENT})
    with reader.check("the list of errors is served"):
        expect(get(reference.LIST_ERROR_PAGES), contains=[str(Code.CAPTURE_EXCEEDS_AUTHORIZED)])
    with reader.check("the page of an error is served"):
        code = str(Code.IDEMPOTENCY_KEY_REUSED)
        expect(get(reference.GET_ERROR_PAGE, of=code), contains=[code])


class Shop(Visit):
    """A new merchant that authorizes, captures, voids and refunds."""

    payment, declined, sale, refused_request, first_capture = Kept(), Kept(), Kept(), Kept(), Kept()
    to_void, shown, page = Kept(), Kept(), Kept()
    waiting, challenged, second_sale, disputed = Kept(), Kept(), Kept(), Kept()
    endpoint, ping, events, event, deleted = Kept(), Kept(), Kept(), Kept(), Kept()

    def lists(self, route: Route, /, **query: Any) -> httpx.Request:
        """Return a list request with filters."""
        return self.request(route, query=query)

    def authorizes(
        self, key: str | None, *, card: str = _APPROVING, outcome: str | None = None, **more: Any
    ) -> httpx.Request:
        """Return an authorization of 10 USD. `more` is added to the body."""
        details = {"number": card, "exp_month": 12, "exp_year": self.place.expiry_year, "cvc": "123"}
        body = {"amount": 10_00, "currency": "USD", "card": details, **more}
        return self.request(payments.AUTHORIZE_PAYMENT, key, body, headers={OUTCOME_HEADER: outcome} if outcome else {})

    def captures(self, key: str, authorization: Answer, **more: Any) -> httpx.Request:
        """Return a capture of an authorization."""
        return self.request(payments.CAPTURE_PAYMENT, key, {"auth_id": authorization["auth_id"], **more})

    def refunds(self, key: str, transaction_id: str, **more: Any) -> httpx.Request:
        """Return a refund of a payment or a capture."""
        return self.request(payments.REFUND_PAYMENT, key, {"transaction_id": transaction_id, **more})

    def to_challenge(self, route: Route, body: Any = None) -> httpx.Request:
        """Return a request to the page on which the cardholder authenticates."""
        place = self.challenged["next_action.redirect_to_url.url"].split("/")
        return self.request(route, body=body, of=place[-2:])

    def to_dispute(self, route: Route, key: str | None = None, body: Any = None) -> httpx.Request:
        """Return a request about the merchant's dispute."""
        return self.request(route, key, body, of=self.disputed["dispute.dispute_id"])

    def to_endpoint(self, route: Route, key: str | None = None, body: Any = None) -> httpx.Request:
        """Return a request about the merchant's webhook endpoint."""
        return self.request(route, key, body, of=self.endpoint["endpoint_id"])


def _merchant(shop: Shop) -> None:
    with shop.check("an API key is created for a new merchant"):
        shop.makes_a_key()
    with shop.check("the API key works and its merchant has no payments"):
        shop.has_nothing_in(payments.LIST_PAYMENTS)


def _authorize(shop: Shop) -> None:
    with shop.check("an authorization is approved"):
        approved = {"status": "approved", "amount": 10_00, "currency": "USD", "response_code": "00"}
        shop.payment = shop.expect(
            shop.authorizes("order 1", reference="verify-1"),
            {**approved, "card.last4": "4242", "auth_id": PRESENT},
            headers=_FIRST_ANSWER,
        )
    with shop.check("a card with insufficient funds is declined"):
        shop.declined = shop.expect(
            shop.authorizes("order 2", card=_WITHOUT_FUNDS),
            {"status": "declined", "decline_code": "insufficient_funds", "response_code": "51"},
        )
    with shop.check("the outcome header selects a decline"):
        asked = shop.authorizes("order 3", outcome="decline:lost_card")
        shop.expect(asked, {"status": "declined", "decline_code": "lost_card"})
    with shop.check("a partial authorization is approved"):
        asked = shop.authorizes("order 4", outcome="partial:800", allow_partial=True)
        shop.expect(asked, {"status": "approved", "amount": 8_00, "amount_requested": 10_00})
    with shop.check("automatic capture captures at once"):
        asked = shop.authorizes("order 5", capture_method="automatic")
        shop.sale = shop.expect(asked, {"status": "approved", "captures.#": 1, "captures.0.amount": 10_00})
    with shop.check("an unknown field is rejected and named"):
        asked = shop.authorizes("order 6", tip=1)
        shop.refused_request = shop.refused(asked, 400, Code.PARAMETER_UNKNOWN, param="tip", request_id=PRESENT)


def _repeat(shop: Shop) -> None:
    with shop.check("the same idempotency key and body return the same response"):
        again = shop.authorizes("order 1", reference="verify-1")
        shop.expect(again, headers=_REPLAYED, same_as=shop.payment)
    with shop.check("the same idempotency key with another body is rejected"):
        shop.refused(shop.authorizes("order 1", reference="verify-2"), 422, Code.IDEMPOTENCY_KEY_REUSED)
    with shop.check("a request without an idempotency key is rejected"):
        shop.refused(shop.authorizes(None), 400, Code.IDEMPOTENCY_KEY_REQUIRED)


def _capture(shop: Shop) -> None:
    with shop.check("a partial capture succeeds"):
        shop.first_capture = shop.expect(
            shop.captures("ship 1", shop.payment, amount=4_00),
            {"status": "completed", "amount": 4_00, "remaining": 6_00},
            headers=_FIRST_ANSWER,
        )
    with shop.check("a capture above the remaining amount is rejected"):
        too_much = shop.captures("ship 2", shop.payment, amount=6_01)
        shop.refused(too_much, 409, Code.CAPTURE_EXCEEDS_AUTHORIZED, remaining=6_00)
    with shop.check("the remaining amount is captured"):
        shop.expect(shop.captures("ship 3", shop.payment), {"status": "completed", "amount": 6_00, "remaining": 0})
    with shop.check("a capture after the last one is rejected"):
        shop.refused(shop.captures("ship 4", shop.payment), 409, Code.ALREADY_CAPTURED, remaining=0)
    with shop.check("a repeated capture returns the first response"):
        again = shop.captures("ship 1", shop.payment, amount=4_00)
        shop.expect(again, headers=_REPLAYED, same_as=shop.first_capture)
    with shop.check("a capture of a declined payment is rejected"):
        shop.refused(shop.captures("ship 5", shop.declined), 409, Code.PAYMENT_DECLINED)


def _void(shop: Shop) -> None:
    with shop.check("another payment is authorized"):
        asked = shop.authorizes("order 7", reference="verify-7")
        shop.to_void = shop.expect(asked, {"status": "approved", "amount": 10_00})
    with shop.check("the authorization is voided"):
        voided = shop.request(payments.VOID_PAYMENT, "cancel 7", {"auth_id": shop.to_void["auth_id"]})
        shop.expect(voided, {"status": "completed", "amount": 10_00})
    with shop.check("a capture after a void is rejected"):
        shop.refused(shop.captures("ship 7", shop.to_void), 409, Code.ALREADY_VOIDED)


def _refund(shop: Shop) -> None:
    with shop.check("a partial refund succeeds"):
        capture_id = shop.first_capture["transaction_id"]
        shop.expect(
            shop.refunds("return 1", capture_id, amount=1_00),
            {"status": "completed", "amount": 1_00, "refundable": 3_00, "capture_id": capture_id},
        )
    with shop.check("a refund above the captured amount is rejected"):
        too_much = shop.refunds("return 2", shop.first_capture["transaction_id"], amount=3_01)
        shop.refused(too_much, 409, Code.REFUND_EXCEEDS_CAPTURED)
    with shop.check("a refund of a payment with two captures must name one"):
        shop.refused(shop.refunds("return 3", shop.payment["auth_id"]), 409, Code.CAPTURE_AMBIGUOUS)
    with shop.check("a payment with one capture is refunded by its authorization id"):
        capture_id = shop.sale["captures.0.transaction_id"]
        shop.expect(
            shop.refunds("return 5", shop.sale["auth_id"]),
            {"status": "completed", "amount": 10_00, "refundable": 0, "capture_id": capture_id},
        )


def _look_up(shop: Shop) -> None:
    with shop.check("a payment lists its operations"):
        totals = {"captured": 10_00, "refunded": 1_00, "remaining": 0, "operations.#": 4}
        shown = shop.request(payments.GET_PAYMENT, of=shop.payment["auth_id"])
        shop.shown = shop.expect(shown, {"status": "partially_refunded", **totals})
    with shop.check("a payment is found by an operation's id"):
        shop.expect(shop.request(payments.GET_PAYMENT, of=shop.first_capture["transaction_id"]), same_as=shop.shown)
    with shop.check("a payment's postings begin with its hold"):
        held = {"data.0.debit": "memo_hold", "data.0.credit": "memo_hold_contra", "data.0.currency": "USD"}
        shop.expect(shop.request(postings.LIST_POSTINGS, of=shop.payment["auth_id"]), held)
    with shop.check("an unknown id returns 404"):
        shop.refused(shop.request(payments.GET_PAYMENT, of="auth_" + "a" * 26), 404, Code.RESOURCE_NOT_FOUND)
    with shop.check("the list starts with the newest payment"):
        newest = {"data.#": 1, "data.0.auth_id": shop.to_void["auth_id"], "next_cursor": PRESENT}
        shop.page = shop.expect(shop.lists(payments.LIST_PAYMENTS, limit=1), newest, within_s=INDEXED_S)
    with shop.check("the cursor returns the next page"):
        listed = shop.lists(payments.LIST_PAYMENTS, limit=1, cursor=shop.page["next_cursor"])
        shop.expect(listed, {"data.#": 1, "data.0.auth_id": shop.sale["auth_id"]}, within_s=INDEXED_S)
    with shop.check("the list is filtered by status"):
        listed = shop.lists(payments.LIST_PAYMENTS, status="voided")
        shop.expect(listed, {"data.#": 1, "data.0.auth_id": shop.to_void["auth_id"]}, within_s=INDEXED_S)
    with shop.check("the list is filtered by reference"):
        listed = shop.lists(payments.LIST_PAYMENTS, reference="verify-1")
        shop.expect(listed, {"data.#": 1, "data.0.auth_id": shop.payment["auth_id"]}, within_s=INDEXED_S)


def _simulate(shop: Shop) -> None:
    with shop.check("the actions that can be simulated are listed"):
        shop.expect(shop.lists(simulate.LIST_SIMULATIONS), {"data.0.action": PRESENT, "next_cursor": None})
    with shop.check("the merchant's settings are shown"):
        shop.expect(shop.request(simulate.GET_SETTINGS), {"simulation": "automatic"})
    with shop.check("a setting is changed"):
        shop.expect(shop.request(simulate.UPDATE_SETTINGS, body={"simulation": "manual"}), {"simulation": "manual"})
    with shop.check("an authorization waits for the bank's answer"):
        asked = shop.authorizes("order 8", outcome="pending:3600:decline:lost_card")
        shop.waiting = shop.expect(asked, {"status": "processing", "auth_id": PRESENT})
    with shop.check("what is possible now is shown"):
        shown = shop.request(simulate.GET_SIMULATION, of=shop.waiting["auth_id"])
        shop.expect(shown, {"status": "processing", "actions.0.action": PRESENT, "due.0.action": "decline"})
    with shop.check("a simulated approval approves the payment"):
        approves = shop.request(simulate.SIMULATE_ACTION, of=(shop.waiting["auth_id"], "approve"))
        shop.expect(approves, {"status": "approved", "auth_id": shop.waiting["auth_id"]})
    with shop.check("an action that is not possible now is rejected"):
        again = shop.request(simulate.SIMULATE_ACTION, of=(shop.waiting["auth_id"], "approve"))
        shop.refused(again, 409, Code.SIMULATION_NOT_ALLOWED, current_status="approved", allowed=PRESENT)


def _authenticate(shop: Shop) -> None:
    with shop.check("a card that requires 3-D Secure waits for its cardholder"):
        asked = shop.authorizes("order 9", card=_CHALLENGED)
        wanted = {"status": "requires_action", "next_action.redirect_to_url.url": PRESENT}
        shop.challenged = shop.expect(asked, wanted)
    with shop.check("the page of the challenge is served"):
        shop.expect(shop.to_challenge(payments.SHOW_CHALLENGE), contains=["Confirm your payment"])
    with shop.check("the cardholder authenticates and the bank approves"):
        answered = shop.to_challenge(payments.COMPLETE_CHALLENGE, {"result": "succeeded"})
        shop.expect(answered, {"status": "approved", "auth_id": shop.challenged["auth_id"]})


def _dispute(shop: Shop) -> None:
    with shop.check("another payment is captured"):
        asked = shop.authorizes("order 10", capture_method="automatic")
        shop.second_sale = shop.expect(asked, {"captures.0.amount": 10_00})
    with shop.check("a captured payment is disputed"):
        opened = shop.request(simulate.SIMULATE_ACTION, of=(shop.second_sale["auth_id"], "dispute"))
        taken = {"status": "captured", "disputed": 10_00, "dispute.status": "needs_response"}
        shop.disputed = shop.expect(opened, taken)
    with shop.check("disputed money is not refunded as well"):
        shop.refused(shop.refunds("return 10", shop.disputed["auth_id"]), 409, Code.CHARGE_DISPUTED)
    with shop.check("evidence is submitted"):
        evidence = {"evidence": {"uncategorized_text": "It was delivered."}, "submit": True}
        shop.expect(shop.to_dispute(disputes.SUBMIT_EVIDENCE, "evidence 10", evidence), {"submitted": True})
    with shop.check("a dispute is shown with its evidence"):
        evidence_shown = {"status": "under_review", "evidence.uncategorized_text": "It was delivered."}
        shop.expect(shop.to_dispute(disputes.GET_DISPUTE), evidence_shown)
    with shop.check("a dispute that is won returns the amount"):
        won = shop.request(simulate.SIMULATE_ACTION, of=(shop.disputed["dispute.dispute_id"], "win"))
        shop.expect(won, {"disputed": 0, "dispute.status": "won"})
    with shop.check("the bank contests a dispute and takes the amount again"):
        contested = shop.request(simulate.SIMULATE_ACTION, of=(shop.disputed["dispute.dispute_id"], "escalate"))
        shop.expect(contested, {"disputed": 10_00, "dispute.status": "needs_response"})
    with shop.check("a dispute is accepted and lost"):
        shop.expect(shop.to_dispute(disputes.ACCEPT_DISPUTE, "accept 10"), {"status": "lost", "cause": "accepted"})
    with shop.check("disputes are listed by status"):
        listed = shop.lists(disputes.LIST_DISPUTES, status="lost")
        only = {"data.#": 1, "data.0.dispute_id": shop.disputed["dispute.dispute_id"]}
        shop.expect(listed, only, within_s=PUBLISHED_S)


def _webhook_endpoints(shop: Shop) -> None:
    with shop.check("an endpoint is created and its secret returned"):
        shop.endpoint = shop.expect(
            shop.request(webhooks.CREATE_ENDPOINT, "endpoint 1", _RECEIVER),
            {"status": "enabled", "secret": PRESENT, "url": _RECEIVER["url"]},
            headers=_FIRST_ANSWER,
        )
    with shop.check("the same idempotency key returns the same secret"):
        again = shop.request(webhooks.CREATE_ENDPOINT, "endpoint 1", _RECEIVER)
        shop.expect(again, headers=_REPLAYED, same_as=shop.endpoint)
    with shop.check("an address in a private network is rejected"):
        private = shop.request(webhooks.CREATE_ENDPOINT, "endpoint 2", {**_RECEIVER, "url": "https://169.254.169.254/"})
        shop.refused(private, 400, Code.URL_NOT_ALLOWED, param="url")
    with shop.check("the endpoint is listed"):
        endpoint_id = shop.endpoint["endpoint_id"]
        shop.expect(shop.lists(webhooks.LIST_ENDPOINTS), {"data.#": 1, "data.0.endpoint_id": endpoint_id})
    with shop.check("the endpoint's secret is rotated"):
        rotated = shop.to_endpoint(webhooks.ROTATE_ENDPOINT, "rotation 1")
        shop.expect(rotated, {"secret": PRESENT, "previous_secret_valid_until": PRESENT})
    with shop.check("a test event is sent to the endpoint"):
        shop.ping = shop.expect(
            shop.to_endpoint(webhooks.PING_ENDPOINT, "ping 1"),
            {"endpoint_id": shop.endpoint["endpoint_id"], "event_id": PRESENT, "delivery_id": PRESENT},
        )
    with shop.check("the test event's delivery is shown"):
        delivery = shop.request(webhooks.GET_DELIVERY, of=shop.ping["delivery_id"])
        shop.expect(delivery, {"endpoint_id": shop.endpoint["endpoint_id"], "event_type": "endpoint_ping"})
    with shop.check("the refund's event is listed"):
        listed = shop.lists(webhooks.LIST_EVENTS, type="payment_refunded", limit=1)
        shop.events = shop.expect(listed, {"data.#": 1, "data.0.id": PRESENT}, within_s=PUBLISHED_S)
    with shop.check("the event is shown as published"):
        event_id = shop.events["data.0.id"]
        shown = shop.request(webhooks.GET_EVENT, of=event_id)
        shop.event = shop.expect(shown, {"type": "payment_refunded", "id": event_id, "data": PRESENT})
    with shop.check("the event is resent to the endpoint"):
        endpoint_id, event_id = shop.endpoint["endpoint_id"], shop.event["id"]
        resent = shop.request(webhooks.RESEND_EVENT, "resend 1", {"endpoint_id": endpoint_id}, of=event_id)
        shop.expect(resent, {"event_id": event_id, "deliveries.0.endpoint_id": endpoint_id})
    with shop.check("the event's deliveries are listed"):
        listed = shop.lists(webhooks.LIST_DELIVERIES, endpoint=shop.endpoint["endpoint_id"], event=shop.event["id"])
        shop.expect(listed, {"data.#": 1, "data.0.event_id": shop.event["id"]}, within_s=INDEXED_S)
    with shop.check("the events since then are replayed"):
        replayed = shop.to_endpoint(webhooks.REPLAY_ENDPOINT, "replay 1", {"since": shop.event["timestamp"]})
        shop.expect(replayed, {"endpoint_id": shop.endpoint["endpoint_id"], "planned": PRESENT})
    with shop.check("the endpoint is disabled"):
        changed = shop.to_endpoint(webhooks.UPDATE_ENDPOINT, body={"status": "disabled"})
        shop.expect(changed, {"status": "disabled", "disabled_reason": "asked"})
    with shop.check("a test event to a disabled endpoint is rejected"):
        shop.refused(shop.to_endpoint(webhooks.PING_ENDPOINT, "ping 2"), 409, Code.ENDPOINT_DISABLED)
    with shop.check("the endpoint is enabled"):
        shop.expect(shop.to_endpoint(webhooks.ENABLE_ENDPOINT, "enabling 1"), {"status": "enabled"})
    with shop.check("the endpoint is deleted"):
        shop.deleted = shop.expect(shop.to_endpoint(webhooks.DELETE_ENDPOINT), {"deleted": True})
    with shop.check("deleting the endpoint again succeeds"):
        shop.expect(shop.to_endpoint(webhooks.DELETE_ENDPOINT), same_as=shop.deleted)
    with shop.check("the deleted endpoint returns 404"):
        shop.refused(shop.to_endpoint(webhooks.GET_ENDPOINT), 404, Code.RESOURCE_NOT_FOUND)


def _settlement(shop: Shop) -> None:
    with shop.check("a new merchant has no settlements"):
        shop.expect(shop.lists(settlements.LIST_SETTLEMENTS), {"data.#": 0, "next_cursor": None})
    with shop.check("a batch without the merchant's payments returns 404"):
        shop.refused(shop.request(settlements.GET_SETTLEMENT, of="2020-01-01"), 404, Code.RESOURCE_NOT_FOUND)


def _gateway(shop: Shop) -> None:
    with shop.check("a request without an API key is rejected"):
        shop.refused(shop.request(payments.LIST_PAYMENTS, as_nobody=True), 401, Code.API_KEY_INVALID)
    with shop.check("an unknown path returns 404"):
        shop.refused(shop.request(replace(payments.LIST_PAYMENTS, path="/nowhere")), 404, Code.RESOURCE_NOT_FOUND)


def _request_log(shop: Shop) -> None:
    with shop.check("the rejected request is shown with its reason"):
        why = {"status": 400, "code": str(Code.PARAMETER_UNKNOWN), "param": "tip"}
        shop.expect(
            shop.request(request_log.GET_REQUEST, of=shop.refused_request["request_id"]),
            {"route": payments.AUTHORIZE_PAYMENT.name, **why, "idempotency_key": shop.own("order 6")},
            within_s=_LOGGED_S,
        )
    with shop.check("the rejected requests are listed"):
        refused = {"data.0.outcome": "refused", "data.0.route": payments.CAPTURE_PAYMENT.name}
        listed = shop.lists(request_log.LIST_REQUESTS, failed="true", route=payments.CAPTURE_PAYMENT.name)
        shop.expect(listed, refused, within_s=_LOGGED_S)
    with shop.check("the metrics count the rejected requests"):
        shop.expect(shop.lists(metrics.GET_METRICS, range="1h"), {"by_code.0.code": PRESENT}, within_s=_LOGGED_S)
    with shop.check("the feed has entries"):
        entries = {"data.0.id": PRESENT, "next_cursor": PRESENT}
        shop.expect(shop.lists(feed.GET_FEED, limit=1), entries, within_s=_LOGGED_S)


def _inbox(shop: Shop) -> None:
    with shop.check("the merchant has an inbox, which is empty"):
        shop.expect(shop.request(inbox.GET_INBOX), {"url": PRESENT, "answer": "200", "data.#": 0})
    with shop.check("the inbox's answer is changed"):
        shop.expect(shop.request(inbox.UPDATE_INBOX, body={"answer": "500"}), {"answer": "500", "url": PRESENT})
    with shop.check("the inbox is emptied, and keeps its answer"):
        shop.expect(shop.request(inbox.EMPTY_INBOX), {"answer": "500"})
    with shop.check("an unknown inbox returns 404"):
        nowhere = shop.request(inbox.RECEIVE_WEBHOOK, body={}, of=f"verify_{'a' * 32}")
        shop.refused(nowhere, 404, Code.RESOURCE_NOT_FOUND)


def _clock(shop: Shop) -> None:
    with shop.check("the sandbox's time is shown"):
        shop.expect(shop.request(clock.GET_CLOCK), {"now": PRESENT, "wall": PRESENT, "may_move": PRESENT})
    with shop.check("a merchant's key cannot move the clock"):
        shop.refused(shop.request(clock.MOVE_CLOCK, body={"advance_s": 1}), 403, Code.FORBIDDEN)


def _farewell(shop: Shop) -> None:
    with shop.check("the API key is revoked"):
        shop.revokes_its_key()
    with shop.check("the revoked API key is rejected"):
        shop.refused(shop.lists(payments.LIST_PAYMENTS), 401, Code.API_KEY_INVALID, within_s=SPREAD_S)


PAGES_SUITE: Final = Suite("pages", Reader, {"health": _health, "documentation": _documents})
PAYMENTS_SUITE: Final = Suite("payments", Shop, {
    "API key": _merchant, "authorize": _authorize, "idempotency": _repeat, "capture": _capture, "void": _void,
    "refund": _refund, "retrieve": _look_up, "simulate": _simulate, "3-D Secure": _authenticate,
    "disputes": _dispute, "clock": _clock, "inbox": _inbox, "webhook endpoints": _webhook_endpoints,
    "settlement": _settlement, "gateway": _gateway,
    "request log": _request_log, "revocation": _farewell,
})  # fmt: skip


def suites_of(target: Target) -> tuple[Suite, ...]:
    """Return the suites for an environment.

    A complete donation and a disbursement require that the sandbox plays Stripe and PayPal itself. The dashboard's
    checks are those of CloudFront.
    """
    donations = WHOLE_DONATION_SUITE if target.is_local else DONATIONS_SUITE
    disbursements = WHOLE_DISBURSEMENTS_SUITE if target.is_local else DISBURSEMENTS_SUITE
    hosted = () if target.is_local else (DASHBOARD_SUITE,)
    return PAGES_SUITE, PAYMENTS_SUITE, STRIPE_SUITE, donations, disbursements, *hosted
