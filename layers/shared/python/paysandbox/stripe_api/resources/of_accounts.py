# pyright: standard
"""What a connected account has, and what its events show: its external accounts, its capabilities, and the application
that it is connected to. All of them are stored in the account.

Source: Stripe, "External Accounts", "Capabilities" and "Types of events" (API reference).
"""

from typing import Final

from paysandbox.stripe_api.connect.capability import CAPABILITY as CAPABILITY_OBJECT, capabilities_in, capability_fields
from paysandbox.stripe_api.connect.connected_account import ACCOUNT, merchant_of
from paysandbox.stripe_api.connect.external_account import (
    BANK_ACCOUNT as BANK_ACCOUNT_OBJECT,
    PREFIX,
    bank_account_fields,
    external_accounts_in,
)
from paysandbox.stripe_api.ids import APPLICATION
from paysandbox.stripe_api.objects.account import render_application
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.resource_kit import declaration as kit


def _unknown(_: str) -> None:
    """Of an ID alone it cannot be said which account has it."""


def _always(_: StoredObject | None, __: StoredObject) -> tuple[str, ...]:
    return ("updated",)


def _deauthorized(_: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    return ("deauthorized",) if after.deleted else ()


def _application(account: StoredObject) -> Attributes:
    return render_application(account.merchant)


BANK_ACCOUNT: Final = kit.Resource(
    object=BANK_ACCOUNT_OBJECT,
    prefix=PREFIX,
    path="/external_accounts",
    noun="external account",
    fields=(),
    shown=kit.Shown(derived=bank_account_fields, lacks=("created", "livemode")),
    rules=kit.Rules(holder=kit.Holder(ACCOUNT, _unknown, external_accounts_in)),
    routes=kit.Routes(operations=()),
    events=kit.Events(object="account.external_account", ends=("created", "updated", "deleted")),
)
"""Their routes have the path of their account, and rows of their own, as those of its capabilities."""

CAPABILITY: Final = kit.Resource(
    object=CAPABILITY_OBJECT,
    prefix=CAPABILITY_OBJECT,
    path="/capabilities",
    noun="capability",
    fields=(),
    shown=kit.Shown(derived=capability_fields, lacks=("created", "livemode")),
    rules=kit.Rules(holder=kit.Holder(ACCOUNT, _unknown, capabilities_in)),
    routes=kit.Routes(operations=()),
    events=kit.Events(ends=("updated",), of=_always),
)

CONNECTED_APPLICATION: Final = kit.Resource(
    object="application",
    prefix=APPLICATION,
    path="/applications",
    noun="application",
    fields=(),
    shown=kit.Shown(derived=_application, lacks=("created", "livemode"), form_of=ACCOUNT),
    routes=kit.Routes(operations=()),
    events=kit.Events(object="account.application", ends=("deauthorized",), of=_deauthorized, to=merchant_of),
)
"""What an account is no longer connected to once it is deleted."""
