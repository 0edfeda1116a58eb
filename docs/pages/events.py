"""docs/reference/events.md and the pages of its groups: every event type, native and in Stripe's format, by example."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from api_reference.examples import EVENT_EXAMPLES
from docs.pages.fields import fields_of
from docs.pages.markdown import code, fenced, head, pretty_json, table
from docs.pages.stripe_examples import stripe_examples
from paysandbox.aws.events.topic import MAX_BATCH_BYTES
from paysandbox.core.event_type import EventType
from paysandbox.http.event_envelope import MAX_EVENT_BYTES, EventEnvelope
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.sent_events import SENT_TYPES

_SOURCE = "the shapes and examples of events"


@dataclass(frozen=True, slots=True)
class Group:
    """Event types with common beginnings, and the page of their examples."""

    title: str
    page: str
    beginnings: tuple[str, ...]

    def types(self, of: Iterable[str]) -> list[str]:
        """Return those of these types that are in the group."""
        return [kind for kind in of if kind.startswith(self.beginnings)]


_PAYMENTS = "events-payments"
_MERCHANTS = "events-merchants"

GROUPS = (
    Group("Payments", _PAYMENTS, ("payment_", "refund_")),
    Group("Disputes", _PAYMENTS, ("dispute_",)),
    Group("Settlement", _MERCHANTS, ("transaction_", "settlement_")),
    Group("Webhook endpoints", _MERCHANTS, ("endpoint_",)),
    Group("Donations", _MERCHANTS, ("donation_",)),
    Group("Disbursements", _MERCHANTS, ("disbursement_",)),
    Group("Stripe objects", _MERCHANTS, ("stripe_object_",)),
)
TITLES = {_PAYMENTS: "Events of payments and disputes", _MERCHANTS: "Events of merchants"}

STRIPE_GROUPS = (
    Group("Payment intents", "events-stripe-payment-intents", ("payment_intent.", "shared_payment.")),
    Group(
        "Charges and refunds",
        "events-stripe-charges",
        (
            *("charge.captured", "charge.expired", "charge.failed", "charge.refund", "charge.succeeded"),
            *("charge.updated", "refund."),
        ),
    ),
    Group("Disputes and fraud warnings", "events-stripe-disputes", ("charge.dispute.", "radar.")),
    Group("Checkout", "events-stripe-checkout", ("checkout.",)),
    Group(
        "Customers and their payment methods",
        "events-stripe-customers",
        (
            *("customer.created", "customer.deleted", "customer.source.", "customer.tax_id.", "customer.updated"),
            *("payment_method.", "setup_intent.", "source."),
        ),
    ),
    Group(
        "Subscriptions and invoices",
        "events-stripe-billing",
        ("customer.subscription.", "invoice.", "invoice_payment.", "invoiceitem."),
    ),
    Group(
        "Products, discounts and tax rates",
        "events-stripe-products",
        ("coupon.", "price.", "product.", "promotion_code.", "tax_rate."),
    ),
    Group(
        "Connect and payouts",
        "events-stripe-connect",
        ("account.", "application_fee.", "capability.", "payout.", "transfer."),
    ),
)

STRIPE_MEANINGS = {
    "payment_intent.created": "A payment intent was created.",
    "payment_intent.payment_failed": "The bank declined a payment attempt, or the cardholder was not authenticated.",
    "payment_intent.amount_capturable_updated": "The bank approved a payment with `capture_method: manual`.",
    "payment_intent.succeeded": "The payment was captured.",
    "payment_intent.canceled": "The intent was canceled or its authorization expired, before anything was captured.",
    "charge.succeeded": "The bank approved a payment attempt.",
    "charge.failed": "The bank declined a payment attempt.",
    "charge.captured": "An authorized charge was captured.",
    "charge.expired": "The authorization of a charge expired.",
    "charge.refunded": "A charge was refunded, in full or in part.",
    "charge.updated": "The description, metadata, receipt email or fraud report of a charge was updated, its capture "
    "failed, or a charge that was captured in the background got its balance transaction.",
    "refund.updated": "The status or the metadata of a refund was updated.",
    "charge.refund.updated": "The same as `refund.updated`, by the type's older name.",
    "refund.created": "A refund was created.",
    "payment_intent.requires_action": "The cardholder must authenticate: `next_action.redirect_to_url.url`.",
    "payment_intent.processing": "The bank has not answered a payment attempt yet.",
    "refund.failed": "A refund failed, while it was pending or after it had succeeded.",
    "radar.early_fraud_warning.created": "The card's bank warns that a charge may be fraudulent.",
    "charge.dispute.created": "The cardholder disputes a charge. The dispute's `evidence` is always empty in events: "
    "retrieve the dispute to read it.",
    "charge.dispute.updated": "Evidence was submitted, an inquiry became a chargeback, the bank contests a dispute "
    "that was won, or the metadata was updated. A draft of evidence has no event.",
    "charge.dispute.closed": "A dispute was won or lost, or an inquiry was closed: see `status`.",
    "charge.dispute.funds_withdrawn": "A dispute took its amount and its fee.",
    "charge.dispute.funds_reinstated": "A dispute was won, and its amount was returned.",
    **{each.event_type(name): f"A {each.noun} was {name}." for each in RESOURCES.values() for name in each.events.ends},
    "customer.subscription.deleted": "A subscription was canceled, by a request or by itself.",
    "customer.subscription.trial_will_end": "The trial of a subscription ends in three days, or sooner.",
    "invoice.marked_uncollectible": "An invoice was marked as uncollectible.",
    "invoice.paid": "An invoice was paid: by its payment, elsewhere, or because nothing was due.",
    "invoice.payment_action_required": "The payment of an invoice needs the cardholder, who must authenticate.",
    "invoice.payment_failed": "The payment of an invoice failed. `next_payment_attempt` says when it is retried.",
    "invoice.payment_succeeded": "The payment of an invoice succeeded, or nothing was due.",
    "invoice.sent": "An invoice was sent to its customer. No e-mail is sent.",
    "invoice_payment.paid": "The payment of an invoice was approved.",
    "customer.source.created": "A card was saved for a customer by a token or a source.",
    "customer.source.updated": "A customer's card that was saved by a token was updated.",
    "customer.source.deleted": "A card that was saved by a token or a source is no longer a customer's.",
    "source.chargeable": "A source of a card was created.",
    "customer.tax_id.created": "A tax ID of a customer was created.",
    "customer.tax_id.deleted": "A tax ID of a customer was deleted.",
    "payment_method.attached": "A payment method was attached to a customer, also by a payment or a setup intent.",
    "payment_method.detached": "A payment method was detached from its customer, for ever.",
    "payment_method.updated": "A customer's payment method was updated.",
    "checkout.session.completed": "A Checkout session was paid, its card was saved, or its bank answers later.",
    "checkout.session.expired": "A Checkout session expired: its time was over, or the merchant ended it.",
    "checkout.session.async_payment_succeeded": "The bank approved the payment of a complete Checkout session later.",
    "checkout.session.async_payment_failed": "The bank declined the payment of a complete Checkout session later.",
    "coupon.updated": "A coupon was updated or redeemed.",
    "shared_payment.granted_token.used": "A payment took its amount of a shared payment token.",
    "shared_payment.granted_token.deactivated": "A shared payment token can no longer be used: its limit is reached, "
    "its time is over, or its agent has revoked it.",
    "promotion_code.updated": "A promotion code was updated or redeemed. One that ends with its coupon has no event.",
    "account.updated": "A connected account was updated, or what it may do has changed.",
    "account.application.deauthorized": "A connected account was deleted. The object is the platform's application.",
    "account.external_account.created": "An external account of a connected account was added.",
    "account.external_account.updated": "An external account of a connected account was updated.",
    "account.external_account.deleted": "An external account of a connected account was deleted or replaced.",
    "capability.updated": "A capability of a connected account was requested, or its status has changed.",
    "payout.created": "A payout of funds was created.",
    "payout.updated": "A payout was sent to the bank, or its metadata were updated.",
    "payout.paid": "A payout has arrived.",
    "payout.failed": "A payout failed, also after it was paid, and its amount came back.",
    "payout.canceled": "A pending payout was canceled, and its amount came back.",
    "transfer.created": "Funds were sent to a connected account.",
    "transfer.updated": "The description or the metadata of a transfer were updated.",
    "transfer.reversed": "Funds of a transfer were taken back, all or a part.",
    "price.created": "A price was created, also with its product or as a product's `default_price_data`.",
    "price.updated": "A price was updated, or another one took its lookup key.",
}


def pages() -> dict[str, str]:
    """Return the pages by their names: the overview, and a page for each group of types."""
    found = {"events": [*_introduction(), *_types(), *_stripe(), *_topic()]}
    found |= {name: [*_native_page(name)] for name in TITLES}
    found |= {group.page: [*_stripe_page(group)] for group in STRIPE_GROUPS}
    return {name: "\n".join(lines) + "\n" for name, lines in found.items()}


def _introduction() -> Iterator[str]:
    yield from head("Events", _SOURCE)
    yield "Every operation that is recorded in the ledger produces an event. Events are delivered to"
    yield "[webhook endpoints](webhooks.md) over HTTPS and published on an [SNS topic](#the-sns-topic), usually"
    yield "within a second. A declined card is an event (`payment_declined`). A request that fails with an error is"
    yield "not."
    yield ""
    yield "## Fields"
    yield ""
    yield from table(("Field", "Type", "Description"), fields_of(EventEnvelope))
    yield "| `type` | string | The event type. |"
    yield "| `data` | object | The result of the operation, as in the response to the request. |"
    yield ""
    yield "Events of payments also have `data.payment`: the totals of the payment right after the operation,"
    yield f"whatever has happened since. An event has at most {MAX_EVENT_BYTES:,} bytes, and up to {MAX_BATCH_BYTES:,}"
    yield "if it has an object of the Stripe-compatible API. It is compact JSON with sorted keys."
    yield ""
    yield "- **At least once.** An event can arrive more than once, with the same `id`. Store the ids and ignore"
    yield "  duplicates."
    yield "- **In no guaranteed order.** The `sequence` of a payment's events has no gaps. Process them in that"
    yield "  order, and ignore an event that is older than the state you have."
    yield "- **Lists have one order.** What one request causes has one `timestamp`, and is listed in the [order of its"
    yield "  flow](webhooks.md#the-order-of-lists), whichever event was stored first. Deliveries have no order across"
    yield "  objects."
    yield "- A settlement is one operation and produces one event per capture and refund. These events share a"
    yield "  `sequence`."
    yield "- The `sequence` of a donation is its version, which has gaps. If Stripe reports a refund before the"
    yield "  payment, both events have the same `sequence`."
    yield "- The `sequence` of a disbursement counts the entries of its history from 1. It has no gaps."
    yield "- The `sequence` of a Stripe object is its version, which has gaps."
    yield "- `timestamp` follows the sandbox's clock."


def _types() -> Iterator[str]:
    yield from ("", "## Event types")
    for group in GROUPS:
        yield from ("", f"### {group.title}", "")
        yield from _listed(group, {kind: kind.meaning for kind in EventType})


def _stripe() -> Iterator[str]:
    yield from ("", "## Events in Stripe's format", "")
    yield "An endpoint that is created through the Stripe-compatible API (`POST /v1/webhook_endpoints`) receives"
    yield "Stripe's types instead."
    yield ""
    yield "`data.object` is the object right after the operation, as `GET /v1/…` returned it then, and"
    yield "`data.previous_attributes` what the operation changed of it. An update of an intent and a settlement produce"
    yield "no event in Stripe's format. One operation can produce several events."
    yield "See [Stripe coverage](stripe-coverage.md)."
    for group in STRIPE_GROUPS:
        yield from ("", f"### {group.title}", "")
        yield from _listed(group, {kind: STRIPE_MEANINGS[kind] for kind in SENT_TYPES})


def _listed(group: Group, meanings: Mapping[str, str]) -> Iterator[str]:
    """The types of a group, each with the anchor of its example: links to it lead to its row."""
    rows = ((kind, kind.replace(".", "")) for kind in group.types(meanings))
    return table(
        ("Type", "Published when"),
        ((f'<a id="{anchor}"></a>[{code(kind)}]({group.page}.md#{anchor})', meanings[kind]) for kind, anchor in rows),
    )


def _native_page(name: str) -> Iterator[str]:
    yield from head(TITLES[name], _SOURCE)
    yield "An example of each type. Their fields, and all other types: [events](events.md)."
    for group in (group for group in GROUPS if group.page == name):
        yield from ("", f"## {group.title}")
        for kind in map(EventType, group.types(EventType)):
            yield from ("", f"### {kind}", "", kind.meaning)
            yield from pretty_json(EVENT_EXAMPLES[kind])


def _stripe_page(group: Group) -> Iterator[str]:
    yield from head(f"Events in Stripe's format: {group.title}", _SOURCE)
    yield "An example of each type. What they have in common, and all other types:"
    yield "[events](events.md#events-in-stripes-format)."
    examples = stripe_examples()
    for kind in group.types(examples):
        yield from ("", f"## {kind}", "", STRIPE_MEANINGS[kind])
        yield from pretty_json(examples[kind])


def _topic() -> Iterator[str]:
    yield from ("", "## The SNS topic", "")
    yield "Every event is published on the topic `paysandbox-<env>-WebhookTopic` (output `WebhookTopicArn` of the"
    yield "stack `paysandbox-<env>-events`). The message attributes `merchant` and `type` are for filter policies."
    yield "To subscribe a queue of your own:"
    policy = json.dumps({"merchant": ["demo"], "type": [str(EventType.PAYMENT_CAPTURED)]})
    attributes = json.dumps({"RawMessageDelivery": "true", "FilterPolicy": policy})
    yield from fenced(
        "aws sns subscribe --protocol sqs --topic-arn <WebhookTopicArn> --notification-endpoint <queue ARN> \\\n"
        f"  --attributes '{attributes}'"
    )
    yield ""
    yield "The queue's policy must allow `sns.amazonaws.com` to send messages, with `aws:SourceArn` set to the"
    yield "topic's ARN."
