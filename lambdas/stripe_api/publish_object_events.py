"""Worker: publish an event for each change of a declared resource's object, from the table's stream.

It is the only publisher of these events. What the objects are found by is entered into the search index afterwards. A
setup intent that has succeeded completes its Checkout session, and a payout
whose outcome was requested, or is that of its bank account, gets it at once.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from paysandbox.aws import runtime
from paysandbox.aws.events.stream_publishing import publish_records
from paysandbox.aws.events.topic import Message
from paysandbox.aws.stream_batch import process_each
from paysandbox.core.errors import Refused
from paysandbox.search_index.index_table import Indexed, index_objects
from paysandbox.search_index.tables import reference_keys, search_index
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.publishing import changed_object, messages_in
from paysandbox.stripe_api.resource_kit.search_terms import indexed_object
from paysandbox.stripe_api.resources.payouts.payout import PAYOUT, is_due_at_once
from paysandbox.stripe_api.setup_intents.rules import CHECKOUT_SESSION
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Publish the events of one batch of records. Raises errors of SNS and SQS, so that the whole batch is retried.

    On AWS a partial batch response would suffice, but the local engine treats it as success and would drop the rest.
    """
    publish_records(event["Records"], _messages)
    read, _ = process_each(event["Records"], _indexed)  # what is unreadable is parked already
    changed = [indexed for _, indexed in read if indexed is not None]
    if changed:
        index_objects(search_index(), changed)
    return {"batchItemFailures": []}


def _indexed(record: Mapping[str, Any]) -> Indexed | None:
    return indexed_object(record, reference_keys())


def _messages(record: Mapping[str, Any]) -> list[Message]:
    setup = changed_object(record, SETUP_INTENT.object)
    if setup is not None and CHECKOUT_SESSION in setup.attributes:
        from paysandbox.stripe_api.checkout.paying import complete_set_up  # few setup intents have a session

        complete_set_up(setup)
    payout = changed_object(record, PAYOUT)
    if payout is not None and is_due_at_once(payout):
        from paysandbox.stripe_api.resources.payouts.payouts import advance_due  # few payouts have an outcome

        with suppress(Refused):  # its funds are busy: the sweep advances it
            advance_due(payout, runtime.now())
    return messages_in(record, RESOURCES)
