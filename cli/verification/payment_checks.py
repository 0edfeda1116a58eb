"""The checks of the native API: its pages, and the life cycle of a payment. Each check makes the payment it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cli.verification.client import Client
from cli.verification.response import ABSENT, INDEXED_S, KEY_SPREAD_S, LOGGED_S, PRESENT, PUBLISHED_S
from cli.verification.suite import Suite
from paysandbox.clock import routes as clock
from paysandbox.core.errors import Code
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.disputes import routes as disputes
from paysandbox.fault_rules import routes as fault_rules
from paysandbox.feed import routes as feed
from paysandbox.inbox import routes as inbox
from paysandbox.metrics import routes as metrics
from paysandbox.payments import routes as payments
from paysandbox.postings import routes as postings
from paysandbox.reference import routes as reference
from paysandbox.request_log import routes as request_log
from paysandbox.search import routes as search
from paysandbox.settlement import routes as settlements
from paysandbox.simulate import routes as simulate
from paysandbox.webhooks import routes as webhooks

if TYPE_CHECKING:
    from cli.verification.response import Response

_APPROVING: Final = "4242424242424242"
_WITHOUT_FUNDS: Final = "4000000000009995"
_CHALLENGED: Final = "4000000000003220"

_FIRST: Final = {"Idempotent-Replayed": ABSENT, "Request-Id": PRESENT}
_REPLAYED: Final = {"Idempotent-Replayed": "true"}

# Never resolves (RFC 6761), so no server is called.
_RECEIVER: Final = {"url": "https://verify.invalid/webhooks", "events": ["*"]}


def health(reader: Client) -> None:
    """The health check needs no API key."""
    ok = {"status": "ok", "environment": reader.run.environment, "version": PRESENT}
    assert reader.send(payments.GET_HEALTH).has(ok), "the environment is healthy"


def documentation(reader: Client) -> None:
    """The documentation, the OpenAPI document, Stripe.js and the pages of errors are served."""
    version, send = reader.send(payments.GET_HEALTH)["version"], reader.send
    welcome = {"service": PRESENT, "version": version, "links.openapi": PRESENT}
    assert send(reference.GET_WELCOME).has(welcome), "the root page links to the documentation"
    assert send(reference.GET_DOCS).has(contains=["Documentation"]), "the documentation is served"
    for texts in (reference.GET_LLMS_TXT, reference.GET_LLMS_FULL_TXT):
        assert send(texts).has(contains=["Serverless Payments Sandbox"]), "the documentation is served as text"
    explorer = send(reference.GET_DOCS_ASSET, of="explorer")
    assert explorer.has(contains=["swagger-ui"]), "the API explorer is served"
    operation = {f"paths.{payments.AUTHORIZE_PAYMENT.path}.post.operationId": payments.AUTHORIZE_PAYMENT.name}
    assert send(reference.GET_DOCUMENT).has({"openapi": "3.1.0", **operation}), "the OpenAPI document is served"
    collection = send(reference.GET_POSTMAN_COLLECTION)
    assert collection.has({"info.name": PRESENT, "item.#": PRESENT}), "the Postman collection is served"
    for train, route in reference.GET_STRIPE_JS.items():
        assert send(route).has(contains=[f'"name":"{train}"']), f"Stripe.js {train} is served"
    frame = send(reference.GET_STRIPE_JS_FRAME, of="controller.html")
    assert frame.has(contains=["frames.js"]), "the frames of Stripe.js are served"
    errors = send(reference.LIST_ERROR_PAGES)
    assert errors.has(contains=[str(Code.CAPTURE_EXCEEDS_AUTHORIZED)]), "the list of errors is served"
    code = str(Code.IDEMPOTENCY_KEY_REUSED)
    assert send(reference.GET_ERROR_PAGE, of=code).has(contains=[code]), "the page of an error is served"


class Shop(Client):
    """A new merchant that takes payments."""

    def authorize(
        self, key: str | None, *, card: str = _APPROVING, outcome: str | None = None, **more: Any
    ) -> Response:
        """Authorize 10 USD. `more` is added to the body."""
        details = {"number": card, "exp_month": 12, "exp_year": self.run.expiry_year, "cvc": "123"}
        body = {"amount": 10_00, "currency": "USD", "card": details, **more}
        return self.send(payments.AUTHORIZE_PAYMENT, key, body, headers={OUTCOME_HEADER: outcome} if outcome else {})

    def capture(self, key: str, authorization: Response, **more: Any) -> Response:
        """Capture an authorization."""
        return self.send(payments.CAPTURE_PAYMENT, key, {"auth_id": authorization["auth_id"], **more})

    def refund(self, key: str, transaction_id: str, **more: Any) -> Response:
        """Refund a payment or a capture."""
        return self.send(payments.REFUND_PAYMENT, key, {"transaction_id": transaction_id, **more})

    def simulate(self, action: str, of: str) -> Response:
        """Simulate an action of the bank or the cardholder."""
        return self.send(simulate.SIMULATE_ACTION, of=(of, action))


def new_key(shop: Shop) -> None:
    """A new API key works, and its merchant has no payments."""
    shop.credentials.create_key()
    assert shop.key_is_accepted(payments.LIST_PAYMENTS), "the merchant has no payments"


def authorize(shop: Shop) -> None:
    """An authorization is approved, also in part, or declined with the reason."""
    approved = {"status": "approved", "amount": 10_00, "currency": "USD", "response_code": "00"}
    payment = shop.authorize("order 1")
    assert payment.has({**approved, "card.last4": "4242", "auth_id": PRESENT}, headers=_FIRST), (
        "an authorization is approved"
    )
    declined = {"status": "declined", "decline_code": "insufficient_funds", "response_code": "51"}
    assert shop.authorize("order 2", card=_WITHOUT_FUNDS).has(declined), "a card without funds is declined"
    lost = {"status": "declined", "decline_code": "lost_card"}
    assert shop.authorize("order 3", outcome="decline:lost_card").has(lost), "the outcome header selects a decline"
    partial = {"status": "approved", "amount": 8_00, "amount_requested": 10_00}
    assert shop.authorize("order 4", outcome="partial:800", allow_partial=True).has(partial), (
        "a partial authorization is approved"
    )
    captured = {"status": "approved", "captures.#": 1, "captures.0.amount": 10_00}
    assert shop.authorize("order 5", capture_method="automatic").has(captured), "automatic capture captures at once"


def idempotency(shop: Shop) -> None:
    """An idempotency key is required, repeats the first response, and takes no other body."""
    payment = shop.authorize("order 1a", reference="verify-1")
    assert payment.has({"status": "approved"}, headers=_FIRST), "a payment is authorized"
    again = shop.authorize("order 1a", reference="verify-1")
    assert again.has(headers=_REPLAYED, same_as=payment), "the same key and body return the same response"
    other = shop.authorize("order 1a", reference="verify-2")
    assert other.is_refused(422, Code.IDEMPOTENCY_KEY_REUSED), "the same key with another body is rejected"
    keyless = shop.authorize(None)
    assert keyless.is_refused(400, Code.IDEMPOTENCY_KEY_REQUIRED), "a request without a key is rejected"


def capture(shop: Shop) -> None:
    """Captures add up to the authorized amount, and none exceeds it."""
    payment = shop.authorize("order 6")
    first = shop.capture("ship 1", payment, amount=4_00)
    partial = {"status": "completed", "amount": 4_00, "remaining": 6_00}
    assert first.has(partial, headers=_FIRST), "a partial capture succeeds"
    too_much = shop.capture("ship 2", payment, amount=6_01)
    assert too_much.is_refused(409, Code.CAPTURE_EXCEEDS_AUTHORIZED, remaining=6_00), (
        "a capture above the remaining amount is rejected"
    )
    rest = {"status": "completed", "amount": 6_00, "remaining": 0}
    assert shop.capture("ship 3", payment).has(rest), "the remaining amount is captured"
    late = shop.capture("ship 4", payment)
    assert late.is_refused(409, Code.ALREADY_CAPTURED, remaining=0), "a capture after the last one is rejected"
    again = shop.capture("ship 1", payment, amount=4_00)
    assert again.has(headers=_REPLAYED, same_as=first), "a repeated capture returns the first response"
    declined = shop.capture("ship 5", shop.authorize("order 2", card=_WITHOUT_FUNDS))
    assert declined.is_refused(409, Code.PAYMENT_DECLINED), "a capture of a declined payment is rejected"


def increment(shop: Shop) -> None:
    """An increment raises the authorized amount, unless the bank declines it."""
    payment = shop.authorize("order 31")
    more = {"auth_id": payment["auth_id"], "amount": 5_00}
    declined = shop.send(payments.INCREMENT_PAYMENT, "more 31 1", more, headers={OUTCOME_HEADER: "decline:lost_card"})
    assert declined.has({"status": "declined", "authorized": 10_00, "decline_code": "lost_card"}), (
        "a declined increment leaves the authorization"
    )
    raised = shop.send(payments.INCREMENT_PAYMENT, "more 31 2", more)
    assert raised.has({"status": "completed", "authorized": 15_00, "remaining": 15_00}, headers=_FIRST), (
        "the amount is raised"
    )
    assert shop.capture("ship 31", payment).has({"amount": 15_00, "remaining": 0}), "all of it is captured"


def void(shop: Shop) -> None:
    """A void releases an authorization, which is then not captured."""
    payment = shop.authorize("order 7")
    voided = shop.send(payments.VOID_PAYMENT, "cancel 7", {"auth_id": payment["auth_id"]})
    assert voided.has({"status": "completed", "amount": 10_00}), "the authorization is voided"
    late = shop.capture("ship 7", payment)
    assert late.is_refused(409, Code.ALREADY_VOIDED), "a capture after a void is rejected"


def refund(shop: Shop) -> None:
    """A refund names its capture and does not exceed it."""
    payment = shop.authorize("order 8")
    capture_id = shop.capture("ship 8", payment, amount=4_00)["transaction_id"]
    shop.capture("ship 9", payment)
    partial = {"status": "completed", "amount": 1_00, "refundable": 3_00, "capture_id": capture_id}
    assert shop.refund("return 1", capture_id, amount=1_00).has(partial), "a partial refund succeeds"
    too_much = shop.refund("return 2", capture_id, amount=3_01)
    assert too_much.is_refused(409, Code.REFUND_EXCEEDS_CAPTURED), "a refund above the captured amount is rejected"
    ambiguous = shop.refund("return 3", payment["auth_id"])
    assert ambiguous.is_refused(409, Code.CAPTURE_AMBIGUOUS), "a refund of a payment with two captures must name one"
    sale = shop.authorize("order 9", capture_method="automatic")
    whole = {"status": "completed", "amount": 10_00, "refundable": 0, "capture_id": sale["captures.0.transaction_id"]}
    assert shop.refund("return 4", sale["auth_id"]).has(whole), (
        "a payment with one capture is refunded by its authorization id"
    )


def retrieve(shop: Shop) -> None:
    """A payment is shown with its operations and postings, by any of its ids."""
    payment = shop.authorize("order 10")
    first = shop.capture("ship 10", payment, amount=4_00)
    shop.capture("ship 11", payment)
    shop.refund("return 10", first["transaction_id"], amount=1_00)
    shown = shop.send(payments.GET_PAYMENT, of=payment["auth_id"])
    totals = {"captured": 10_00, "refunded": 1_00, "remaining": 0, "operations.#": 4}
    assert shown.has({"status": "partially_refunded", **totals}), "a payment lists its operations"
    found = shop.send(payments.GET_PAYMENT, of=first["transaction_id"])
    assert found.has(same_as=shown), "a payment is found by an operation's id"
    hold = {"data.0.debit": "memo_hold", "data.0.credit": "memo_hold_contra", "data.0.currency": "USD"}
    assert shop.send(postings.LIST_POSTINGS, of=payment["auth_id"]).has(hold), "the postings begin with the hold"
    unknown = shop.send(payments.GET_PAYMENT, of="auth_" + "a" * 26)
    assert unknown.is_refused(404, Code.RESOURCE_NOT_FOUND), "an unknown id returns 404"


def listed_payments(shop: Shop) -> None:
    """Payments are listed from the newest, page by page, and filtered."""
    older = shop.authorize("order 11", reference="verify-11")["auth_id"]
    newer = shop.authorize("order 12", reference="verify-12")["auth_id"]
    page = shop.list(payments.LIST_PAYMENTS, limit=1)
    newest = {"data.#": 1, "data.0.auth_id": newer, "next_cursor": PRESENT}
    assert page.has(newest, within_s=INDEXED_S), "the list starts with the newest payment"
    only_older = {"data.#": 1, "data.0.auth_id": older}
    next_page = shop.list(payments.LIST_PAYMENTS, limit=1, cursor=page["next_cursor"])
    assert next_page.has(only_older, within_s=INDEXED_S), "the cursor returns the next page"
    by_reference = shop.list(payments.LIST_PAYMENTS, reference="verify-11")
    assert by_reference.has(only_older, within_s=INDEXED_S), "the list is filtered by reference"
    shop.send(payments.VOID_PAYMENT, "cancel 11", {"auth_id": older})
    by_status = shop.list(payments.LIST_PAYMENTS, status="voided", reference="verify-11")
    assert by_status.has(only_older, within_s=INDEXED_S), "the list is filtered by status"


def simulation(shop: Shop) -> None:
    """A payment that waits for the bank shows what is possible, and a simulated answer decides it."""
    actions = shop.send(simulate.LIST_SIMULATIONS)
    assert actions.has({"data.0.action": PRESENT, "next_cursor": None}), "the actions are listed"
    settings = shop.send(simulate.GET_SETTINGS)
    assert settings.has({"simulation": "automatic"}), "the merchant's settings are shown"
    manual = {"simulation": "manual"}
    assert shop.send(simulate.UPDATE_SETTINGS, body=manual).has(manual), "a setting is changed"
    waiting = shop.authorize("order 13", outcome="pending:3600:decline:lost_card")
    processing = {"status": "processing", "auth_id": PRESENT}
    assert waiting.has(processing), "an authorization waits for the bank's answer"
    auth_id = waiting["auth_id"]
    possible = {"status": "processing", "actions.0.action": PRESENT, "due.0.action": "decline"}
    assert shop.send(simulate.GET_SIMULATION, of=auth_id).has(possible), "what is possible now is shown"
    approved = {"status": "approved", "auth_id": auth_id}
    assert shop.simulate("approve", auth_id).has(approved), "a simulated approval approves the payment"
    again = shop.simulate("approve", auth_id)
    assert again.is_refused(409, Code.SIMULATION_NOT_ALLOWED, current_status="approved", allowed=PRESENT), (
        "an action that is not possible now is rejected"
    )


def three_d_secure(shop: Shop) -> None:
    """A card that requires 3-D Secure is approved after its cardholder authenticates."""
    challenged = shop.authorize("order 14", card=_CHALLENGED)
    required = {"status": "requires_action", "next_action.redirect_to_url.url": PRESENT}
    assert challenged.has(required), "the payment waits for its cardholder"
    page = challenged["next_action.redirect_to_url.url"].split("/")[-2:]
    shown = shop.send(payments.SHOW_CHALLENGE, of=page)
    assert shown.has(contains=["Confirm your payment"]), "the page of the challenge is served"
    completed = shop.send(payments.COMPLETE_CHALLENGE, body={"result": "succeeded"}, of=page)
    approved = {"status": "approved", "auth_id": challenged["auth_id"]}
    assert completed.has(approved), "the cardholder authenticates and the bank approves"


def dispute(shop: Shop) -> None:
    """A dispute takes the amount, is won with evidence, contested again and accepted."""
    payment = shop.authorize("order 15", capture_method="automatic")
    opened = shop.simulate("dispute", payment["auth_id"])
    taken = {"status": "captured", "disputed": 10_00, "dispute.status": "needs_response"}
    assert opened.has(taken), "a captured payment is disputed"
    dispute_id = opened["dispute.dispute_id"]
    refunded = shop.refund("return 15", payment["auth_id"])
    assert refunded.is_refused(409, Code.CHARGE_DISPUTED), "disputed money is not refunded as well"
    evidence = {"evidence": {"uncategorized_text": "It was delivered."}, "submit": True}
    submitted = shop.send(disputes.SUBMIT_EVIDENCE, "evidence 15", evidence, of=dispute_id)
    assert submitted.has({"submitted": True}), "evidence is submitted"
    under_review = {"status": "under_review", "evidence.uncategorized_text": "It was delivered."}
    assert shop.send(disputes.GET_DISPUTE, of=dispute_id).has(under_review), "a dispute is shown with its evidence"
    won = {"disputed": 0, "dispute.status": "won"}
    assert shop.simulate("win", dispute_id).has(won), "a dispute that is won returns the amount"
    contested = {"disputed": 10_00, "dispute.status": "needs_response"}
    assert shop.simulate("escalate", dispute_id).has(contested), (
        "the bank contests a dispute and takes the amount again"
    )
    accepted = shop.send(disputes.ACCEPT_DISPUTE, "accept 15", of=dispute_id)
    assert accepted.has({"status": "lost", "cause": "accepted"}), "a dispute is accepted and lost"
    lost = {"data.#": 1, "data.0.dispute_id": dispute_id}
    listed = shop.list(disputes.LIST_DISPUTES, status="lost")
    assert listed.has(lost, within_s=PUBLISHED_S), "disputes are listed by status"


def sandbox_clock(shop: Shop) -> None:
    """The sandbox's time is shown, and a merchant's key cannot move it."""
    time = {"now": PRESENT, "wall": PRESENT, "may_move": PRESENT}
    assert shop.send(clock.GET_CLOCK).has(time), "the time is shown"
    moved = shop.send(clock.MOVE_CLOCK, body={"advance_s": 1})
    assert moved.is_refused(403, Code.FORBIDDEN), "a merchant's key cannot move the clock"


def injected_faults(shop: Shop) -> None:
    """Where the clock may move, a rule injects a fault once. Elsewhere, none is injected."""
    rule = {"fault": "fail_before_commit;status=500", "match": {"route": disputes.LIST_DISPUTES.name}}
    made = shop.send(fault_rules.CREATE_FAULT, body=rule)
    if not shop.send(clock.GET_CLOCK)["may_move"]:
        assert made.is_refused(409, Code.FAULTS_NOT_ALLOWED), "faults are refused where the clock is fixed"
        return
    fault_id = made["fault_id"]
    hit = shop.list(disputes.LIST_DISPUTES)
    assert hit.is_refused(500, Code.INTERNAL_ERROR), "a fault is injected"
    assert shop.list(disputes.LIST_DISPUTES).has({"data.#": PRESENT}), "a fault is injected once"
    fired = {"data.0.fault_id": fault_id, "data.0.fired": 1}
    assert shop.send(fault_rules.LIST_FAULTS).has(fired), "a rule says how often it was applied"
    logged = {"data.0.fault_id": fault_id, "data.0.route": disputes.LIST_DISPUTES.name}
    assert shop.send(fault_rules.LIST_FIRINGS).has(logged), "faults are logged"
    assert shop.send(fault_rules.DELETE_FAULT, of=fault_id).has({"deleted": True}), "a rule is deleted"


def webhook_inbox(shop: Shop) -> None:
    """The merchant has an inbox, whose answer can be changed."""
    empty = {"url": PRESENT, "answer": "200", "data.#": 0}
    assert shop.send(inbox.GET_INBOX).has(empty), "the inbox is empty"
    changed = shop.send(inbox.UPDATE_INBOX, body={"answer": "500"})
    assert changed.has({"answer": "500", "url": PRESENT}), "the inbox's answer is changed"
    assert shop.send(inbox.EMPTY_INBOX).has({"answer": "500"}), "the inbox is emptied, and keeps its answer"


def unknown_inbox(shop: Shop) -> None:
    """An unknown inbox returns 404."""
    received = shop.send(inbox.RECEIVE_WEBHOOK, body={}, of=f"verify_{'a' * 32}")
    assert received.is_refused(404, Code.RESOURCE_NOT_FOUND), "an unknown inbox is not found"


def webhook_endpoint(shop: Shop) -> None:
    """A webhook endpoint is created once, changed, disabled and deleted."""
    endpoint = shop.send(webhooks.CREATE_ENDPOINT, "endpoint 1", _RECEIVER)
    enabled = {"status": "enabled", "secret": PRESENT, "url": _RECEIVER["url"]}
    assert endpoint.has(enabled, headers=_FIRST), "an endpoint is created and its secret returned"
    endpoint_id = endpoint["endpoint_id"]
    again = shop.send(webhooks.CREATE_ENDPOINT, "endpoint 1", _RECEIVER)
    assert again.has(headers=_REPLAYED, same_as=endpoint), "the same idempotency key returns the same secret"
    private = shop.send(webhooks.CREATE_ENDPOINT, "endpoint 2", {**_RECEIVER, "url": "https://169.254.169.254/"})
    assert private.is_refused(400, Code.URL_NOT_ALLOWED, param="url"), "an address in a private network is rejected"
    listed = shop.send(webhooks.LIST_ENDPOINTS)
    assert listed.has({"data.#": 1, "data.0.endpoint_id": endpoint_id}), "the endpoint is listed"
    rotated = shop.send(webhooks.ROTATE_ENDPOINT, "rotation 1", of=endpoint_id)
    assert rotated.has({"secret": PRESENT, "previous_secret_valid_until": PRESENT}), "its secret is rotated"
    disabled = shop.send(webhooks.UPDATE_ENDPOINT, body={"status": "disabled"}, of=endpoint_id)
    assert disabled.has({"status": "disabled", "disabled_reason": "asked"}), "the endpoint is disabled"
    ping = shop.send(webhooks.PING_ENDPOINT, "ping 1", of=endpoint_id)
    assert ping.is_refused(409, Code.ENDPOINT_DISABLED), "a test event to a disabled endpoint is rejected"
    enabled = shop.send(webhooks.ENABLE_ENDPOINT, "enabling 1", of=endpoint_id)
    assert enabled.has({"status": "enabled"}), "the endpoint is enabled"
    deleted = shop.send(webhooks.DELETE_ENDPOINT, of=endpoint_id)
    assert deleted.has({"deleted": True}), "the endpoint is deleted"
    again = shop.send(webhooks.DELETE_ENDPOINT, of=endpoint_id)
    assert again.has(same_as=deleted), "deleting the endpoint again succeeds"
    shown = shop.send(webhooks.GET_ENDPOINT, of=endpoint_id)
    assert shown.is_refused(404, Code.RESOURCE_NOT_FOUND), "the deleted endpoint returns 404"


def event(shop: Shop) -> None:
    """Events are published, delivered to an endpoint, resent and replayed."""
    endpoint_id = shop.send(webhooks.CREATE_ENDPOINT, "endpoint 3", _RECEIVER)["endpoint_id"]
    ping = shop.send(webhooks.PING_ENDPOINT, "ping 3", of=endpoint_id)
    sent = {"endpoint_id": endpoint_id, "event_id": PRESENT, "delivery_id": PRESENT}
    assert ping.has(sent), "a test event is sent to the endpoint"
    delivery = shop.send(webhooks.GET_DELIVERY, of=ping["delivery_id"])
    shown = {"endpoint_id": endpoint_id, "event_type": "endpoint_ping"}
    assert delivery.has(shown), "the test event's delivery is shown"
    events = shop.list(webhooks.LIST_EVENTS, type="payment_refunded", limit=1)
    assert events.has({"data.#": 1, "data.0.id": PRESENT}, within_s=PUBLISHED_S), "the refund's event is listed"
    event_id = events["data.0.id"]
    published = shop.send(webhooks.GET_EVENT, of=event_id)
    same = {"type": "payment_refunded", "id": event_id, "data": PRESENT}
    assert published.has(same), "the event is shown as published"
    resent = shop.send(webhooks.RESEND_EVENT, "resend 1", {"endpoint_id": endpoint_id}, of=event_id)
    to_endpoint = {"event_id": event_id, "deliveries.0.endpoint_id": endpoint_id}
    assert resent.has(to_endpoint), "the event is resent to the endpoint"
    deliveries = shop.list(webhooks.LIST_DELIVERIES, endpoint=endpoint_id, event=event_id)
    only = {"data.#": 1, "data.0.event_id": event_id}
    assert deliveries.has(only, within_s=INDEXED_S), "the event's deliveries are listed"
    replayed = shop.send(webhooks.REPLAY_ENDPOINT, "replay 1", {"since": published["timestamp"]}, of=endpoint_id)
    assert replayed.has({"endpoint_id": endpoint_id, "planned": PRESENT}), "the events since then are replayed"
    shop.send(webhooks.DELETE_ENDPOINT, of=endpoint_id)


def settlement(shop: Shop) -> None:
    """A new merchant has no settlements, and a batch without its payments returns 404."""
    listed = shop.send(settlements.LIST_SETTLEMENTS)
    assert listed.has({"data.#": 0, "next_cursor": None}), "a new merchant has no settlements"
    other = shop.send(settlements.GET_SETTLEMENT, of="2020-01-01")
    lines = shop.send(settlements.LIST_SETTLEMENT_LINES, of="2020-01-01")
    assert other.is_refused(404, Code.RESOURCE_NOT_FOUND), "a batch without the merchant's payments returns 404"
    assert lines.is_refused(404, Code.RESOURCE_NOT_FOUND), "as do its lines"


def gateway(shop: Shop) -> None:
    """A request without an API key and an unknown path are rejected."""
    keyless = shop.send(payments.LIST_PAYMENTS, anonymous=True)
    assert keyless.is_refused(401, Code.API_KEY_INVALID), "a request without an API key is rejected"
    nowhere = shop.send(replace(payments.LIST_PAYMENTS, path="/nowhere"))
    assert nowhere.is_refused(404, Code.RESOURCE_NOT_FOUND), "an unknown path returns 404"


def rejected_request(shop: Shop) -> None:
    """An unknown field is rejected by name, and the request log shows why."""
    refused = shop.authorize("order 16", tip=1)
    assert refused.is_refused(400, Code.PARAMETER_UNKNOWN, param="tip", request_id=PRESENT), (
        "an unknown field is rejected and named"
    )
    logged = shop.send(request_log.GET_REQUEST, of=refused["request_id"])
    reason = {"status": 400, "code": str(Code.PARAMETER_UNKNOWN), "param": "tip"}
    request = {"route": payments.AUTHORIZE_PAYMENT.name, "idempotency_key": shop.own("order 16")}
    assert logged.has({**request, **reason}, within_s=LOGGED_S), "the rejected request is shown with its reason"


def rejected_requests(shop: Shop) -> None:
    """The request log lists rejected requests."""
    listed = shop.list(request_log.LIST_REQUESTS, failed="true", route=payments.CAPTURE_PAYMENT.name)
    refused = {"data.0.outcome": "refused", "data.0.route": payments.CAPTURE_PAYMENT.name}
    assert listed.has(refused, within_s=LOGGED_S), "the rejected captures are listed"


def search_by_reference(shop: Shop) -> None:
    """A payment is found by its reference, and by the order in its metadata."""
    reference = shop.own("reference 17")
    paid = shop.authorize("order 17", reference=reference)
    found = shop.list(search.SEARCH_OBJECTS, q=reference)
    payment = {"data.0.object": "payment", "data.0.id": paid["auth_id"], "data.0.matched": "reference"}
    assert found.has(payment, within_s=INDEXED_S), "the payment is found by its reference"
    order = shop.own("order 18")
    ordered = shop.authorize("order 18", metadata={"order": order})
    found = shop.list(search.SEARCH_OBJECTS, q=order)
    payment = {"data.0.object": "payment", "data.0.id": ordered["auth_id"], "data.0.text": order}
    assert found.has(payment, within_s=PUBLISHED_S), "the payment is found by the order in its metadata"


def activity(shop: Shop) -> None:
    """The metrics count the rejected requests, and the feed has entries."""
    counted = shop.list(metrics.GET_METRICS, range="1h")
    assert counted.has({"by_code.0.code": PRESENT}, within_s=LOGGED_S), "the metrics count rejected requests"
    entries = shop.list(feed.GET_FEED, limit=1)
    assert entries.has({"data.0.id": PRESENT, "next_cursor": PRESENT}, within_s=LOGGED_S), "the feed has entries"


def revoked_key(shop: Shop) -> None:
    """A revoked API key is rejected."""
    shop.credentials.revoke_key()
    listed = shop.send(payments.LIST_PAYMENTS)
    assert listed.is_refused(401, Code.API_KEY_INVALID, within_s=KEY_SPREAD_S), "the revoked API key is rejected"


PAGES_SUITE: Final = Suite("pages", Client, (health, documentation))
PAYMENTS_SUITE: Final = Suite("payments", Shop, (
    new_key, authorize, idempotency, capture, increment, void, refund, retrieve, listed_payments, simulation,
    three_d_secure, dispute, sandbox_clock, injected_faults, webhook_inbox, unknown_inbox, webhook_endpoint,
    event, search_by_reference, settlement, gateway, rejected_request, rejected_requests, activity, revoked_key,
))  # fmt: skip
