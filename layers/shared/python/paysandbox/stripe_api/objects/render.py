"""Stripe's objects, rendered from our payments as of an operation, with the requested objects expanded.

The same payment, operation, paths and version always render to the same bytes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.ids import charge_id, intent_id
from paysandbox.stripe_api.objects.charge import charge_body
from paysandbox.stripe_api.objects.expand import Expansion, check_expand, expand_of_list, expansion
from paysandbox.stripe_api.objects.intent import intent_body
from paysandbox.stripe_api.objects.intent_secrets import IntentSecrets
from paysandbox.stripe_api.objects.method import method_at, method_now, method_of_payment, render_method
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot, snapshot_of
from paysandbox.stripe_api.objects.refund import refund_body, refunded_by
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.stripe_api.version_rows import in_version, included_lists

__all__ = [
    "check_expand",
    "expand_of_list",
    "included",
    "render_charge",
    "render_dispute",
    "render_fraud_warning",
    "render_intent",
    "render_list",
    "render_method",
    "render_method_of",
    "render_refund",
]

INCLUDED_MAX: Final = 10
"""Objects in a list within an object. Source: Stripe, "List all refunds": the 10 most recent ones are included."""

_NOTHING: Final[Expansion] = {}


def render_intent(
    payment: Payment,
    *,
    private: IntentSecrets | None,
    until: str | None = None,
    expand: Collection[str] = (),
    version: str = STRIPE_VERSION,
) -> Body:
    """Render the PaymentIntent of a payment, as of the operation `until` or as of now, in a version of Stripe's API.

    Refuses (parameter_invalid) an `expand` path that it does not have. Raises AssertionError for an unknown operation.
    """
    tree = expansion("payment_intent", expand, version)
    return _intent(snapshot_of(payment, until, version), private, tree)


def render_charge(
    payment: Payment,
    attempt_id: str,
    *,
    private: IntentSecrets | None = None,
    until: str | None = None,
    at_once: bool = True,
    expand: Collection[str] = (),
    version: str = STRIPE_VERSION,
) -> Body:
    """Render the Charge of an attempt. `private` are the intent's, if the intent is to include them.

    As of an operation, it is as right after it, or, if not `at_once`, after what Stripe does in the background.

    Refuses and raises as `render_intent` does, and AssertionError for an operation that is not an attempt.
    """
    tree = expansion("charge", expand, version)
    return _charge(snapshot_of(payment, until, version, at_once=at_once), attempt_id, private, tree)


def render_refund(
    payment: Payment,
    refund_operation_id: str,
    *,
    private: IntentSecrets | None = None,
    until: str | None = None,
    expand: Collection[str] = (),
    version: str = STRIPE_VERSION,
) -> Body:
    """Render the Refund of an operation. `private` are the intent's, if the intent is to include them.

    Refuses and raises as `render_intent` does, and AssertionError for an operation that its version does not show as a
    refund.
    """
    tree = expansion("refund", expand, version)
    return _refund(snapshot_of(payment, until, version), refund_operation_id, private, tree)


def render_fraud_warning(
    payment: Payment,
    operation_id: str,
    *,
    private: IntentSecrets | None = None,
    until: str | None = None,
    expand: Collection[str] = (),
    version: str = STRIPE_VERSION,
) -> Body:
    """Render the EarlyFraudWarning of an operation. `private` are the intent's, if the intent is to include them.

    Refuses and raises as `render_intent` does, and AssertionError for an operation that is no fraud warning.
    """
    from paysandbox.stripe_api.objects.fraud_warning import fraud_warning_body  # few payments have one

    tree = expansion("radar.early_fraud_warning", expand, version)
    snapshot = snapshot_of(payment, until, version)
    body, approved = fraud_warning_body(snapshot, operation_id), snapshot.approved
    if "charge" in tree and approved:
        body["charge"] = _charge(snapshot, approved.id, private, tree["charge"])
    if "payment_intent" in tree and snapshot.intent:
        body["payment_intent"] = _intent(snapshot, private, tree["payment_intent"])
    return in_version("radar.early_fraud_warning", body, version)


def render_dispute(
    payment: Payment,
    dispute_id: str,
    evidence: Mapping[str, str],
    *,
    private: IntentSecrets | None = None,
    until: str | None = None,
    expand: Collection[str] = (),
    version: str = STRIPE_VERSION,
) -> Body:
    """Render a Dispute with its evidence by field. `private` are the intent's, if the intent is to include them.

    Refuses and raises as `render_intent` does, and AssertionError for a dispute that was not opened by then.
    """
    from paysandbox.stripe_api.objects.dispute import dispute_body  # few payments have one

    tree = expansion("dispute", expand, version)
    snapshot = snapshot_of(payment, until, version)
    body, approved = dispute_body(snapshot, dispute_id, evidence), snapshot.approved
    if "charge" in tree and approved:
        body["charge"] = _charge(snapshot, approved.id, private, tree["charge"])
    if "payment_intent" in tree and snapshot.intent:
        body["payment_intent"] = _intent(snapshot, private, tree["payment_intent"])
    return in_version("dispute", body, version)


def render_method_of(payment: Payment, method: str) -> Body | None:
    """Render the PaymentMethod for a payment's card under this ID (`pm_…`), or return None if it has no such card."""
    named = method_of_payment(payment, method)
    return render_method(named) if named else None


def render_list(url: str, data: Sequence[Body], *, has_more: bool) -> Body:
    """Render a page of objects. `url` is the path of the list (`/v1/charges`)."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def _intent(snapshot: PaymentSnapshot, private: IntentSecrets | None, tree: Expansion) -> Body:
    body, tree = intent_body(snapshot, private), _withincluded("payment_intent", snapshot, tree)
    if "charges" in tree:
        attempts = [step.operation.id for step in snapshot.steps if isinstance(step.operation, Authorization)]
        within = tree["charges"].get("data", {})
        url = f"/v1/charges?payment_intent={intent_id(snapshot.payment.id)}"
        every = [_charge(snapshot, attempt_id, private, within) for attempt_id in reversed(attempts)]
        body["charges"] = included(url, every, counted=True)
    if "latest_charge" in tree and (last := snapshot.last_attempt):
        body["latest_charge"] = _charge(snapshot, last[1].id, private, tree["latest_charge"])
    if "payment_method" in tree and (method := method_now(snapshot)):
        body["payment_method"] = render_method(method)
    return in_version("payment_intent", body, snapshot.version)


def _charge(snapshot: PaymentSnapshot, attempt_id: str, private: IntentSecrets | None, tree: Expansion) -> Body:
    body, tree = charge_body(snapshot, attempt_id), _withincluded("charge", snapshot, tree)
    if "payment_intent" in tree and snapshot.intent:
        body["payment_intent"] = _intent(snapshot, private, tree["payment_intent"])
    if "refunds" in tree:
        approved = snapshot.approved
        given = snapshot.steps if approved and approved.id == attempt_id else ()
        within = tree["refunds"].get("data", {})
        refunds = [
            _refund(snapshot, step.operation.id, private, within)
            for step in reversed(given)
            if refunded_by(step, snapshot.version)
        ]
        counted = "refunds" in included_lists("charge", snapshot.version)
        body["refunds"] = included(f"/v1/charges/{charge_id(attempt_id)}/refunds", refunds, counted=counted)
    return in_version("charge", body, snapshot.version)


def _withincluded(kind: str, snapshot: PaymentSnapshot, tree: Expansion) -> Expansion:
    """Return what is to be expanded, with the lists that an object of this kind includes in this version anyway."""
    return {**dict.fromkeys(included_lists(kind, snapshot.version), _NOTHING), **tree}


def included(url: str, objects: Sequence[Body], *, counted: bool) -> Body:
    """Return a list within an object: its newest ten, as in a list without a `limit`.

    Where nobody had to expand it, Stripe also says how many there are.
    """
    shown = objects[:INCLUDED_MAX]
    page = render_list(url, shown, has_more=len(shown) < len(objects))
    return page | {"total_count": len(objects)} if counted else page


def _refund(snapshot: PaymentSnapshot, operation_id: str, private: IntentSecrets | None, tree: Expansion) -> Body:
    body = refund_body(snapshot, operation_id)
    approved = snapshot.approved
    if "charge" in tree and approved:
        body["charge"] = _charge(snapshot, approved.id, private, tree["charge"])
    if "payment_intent" in tree and snapshot.intent:
        body["payment_intent"] = _intent(snapshot, private, tree["payment_intent"])
    if "payment_method" in tree and approved:
        body["payment_method"] = render_method(method_at(snapshot, approved))
    return in_version("refund", body, snapshot.version)
