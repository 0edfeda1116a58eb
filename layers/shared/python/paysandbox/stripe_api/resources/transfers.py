# pyright: standard
"""Transfers: funds that a platform sends to a connected account, and their reversals, which are stored in them.

Source: Stripe, "Transfers" and "Transfer Reversals" (API reference), and the types of its SDKs. Neither has a balance
transaction, and the account that a transfer is sent to gets no payment for it: it has the funds.
"""

from typing import Any, Final

from paysandbox.stripe_api.connect.connected_account import ACCOUNT
from paysandbox.stripe_api.ids import TRANSFER as PREFIX, TRANSFER_REVERSAL as REVERSAL_PREFIX, transfer_of_reversal
from paysandbox.stripe_api.moved_funds.transfer import (
    DESTINATION,
    REVERSAL,
    SHOWN,
    TRANSFER,
    reversal_fields,
    reversals_of,
    reversed_amount,
    transfer_events,
)
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.requests import ObjectId
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.stored_object import Attributes, StoredObject


def _field(name: str, default: Any = None, **parts: Any) -> Field:
    """Return a field that is set when an object is created. What it takes is in the shapes of the routes."""
    return Field(name=name, type=Any, default=default, create=False, update=False, **parts)


TRANSFER_REVERSALS: Final = kit.Resource(
    object=REVERSAL,
    prefix=REVERSAL_PREFIX,
    path="/transfer_reversals",
    noun=REVERSAL,
    fields=(_field("amount"), _field("currency"), kit.METADATA, _field(TRANSFER, expands=TRANSFER)),
    derived=reversal_fields,
    lacks=("livemode",),
    operations=(),
    holder=kit.Holder(TRANSFER, transfer_of_reversal, reversals_of),
)
"""Their routes have the path of their transfer, and rows of their own."""


def _derived(transfer: StoredObject) -> Attributes:
    """Return what follows from the reversals, and what is not simulated."""
    attributes, reversals = transfer.attributes, reversals_of(transfer)
    reversed_so_far = reversed_amount(attributes)
    shown = [render(TRANSFER_REVERSALS, each) for each in reversals[:SHOWN]]
    url = f"/v1/transfers/{transfer.id}/reversals"
    return {
        "amount_reversed": reversed_so_far,
        "balance_transaction": None,
        "reversals": render_list(url, shown, has_more=len(reversals) > SHOWN),
        "reversed": reversed_so_far == attributes["amount"],
    }


TRANSFERS: Final = kit.Resource(
    object=TRANSFER,
    prefix=PREFIX,
    path="/transfers",
    noun=TRANSFER,
    fields=(
        _field("amount"),
        _field("currency"),
        Field(name="description", type=kit.Text5000, clearable=True),
        Field(name=DESTINATION, type=ObjectId, create=False, update=False, filters=True, expands=ACCOUNT),
        kit.METADATA,
        _field("source_transaction"),
        _field("source_type", "card"),
        Field(name="transfer_group", type=kit.Text5000, create=False, update=False, filters=True),
    ),
    derived=_derived,
    operations=("get", "update", "list"),
    events=("created", "updated", "reversed"),
    events_of=transfer_events,
)
