# pyright: standard
"""What a connected account has, and what its events show: its external accounts, its capabilities, and the application
that it is connected to. All of them are stored in the account.

Source: Stripe, "External Accounts", "Capabilities" and "Types of events" (API reference).
"""

from typing import Final

from paysandbox.core.errors import Code
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
from paysandbox.stripe_api.requests import (
    CreateExternalAccount,
    ListCapabilities,
    ListExternalAccounts,
    Retrieve,
    UpdateCapability,
    UpdateExternalAccount,
)
from paysandbox.stripe_api.resource_kit import declaration as kit

_ACTIONS: Final = "paysandbox.stripe_api.accounts"
_EXTERNAL_ACCOUNT_ACTIONS: Final = f"{_ACTIONS}.external_account_actions"
_EXTERNAL_ACCOUNTS: Final = "/accounts/{id}/external_accounts"
_EXTERNAL_ACCOUNT: Final = f"{_EXTERNAL_ACCOUNTS}/{{external_account}}"
_CAPABILITY_ACTIONS: Final = f"{_ACTIONS}.capability_actions"
_CAPABILITIES: Final = "/accounts/{id}/capabilities"
_UNKNOWN: Final = (Code.FORBIDDEN, Code.RESOURCE_NOT_FOUND)
"""The codes of an account, or of what it has, that does not exist."""


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
    routes=kit.Routes(
        operations=(),
        actions=(
            kit.Action(
                name="list_external_accounts",
                route="list_external_accounts",
                module=_EXTERNAL_ACCOUNT_ACTIONS,
                method="GET",
                path=_EXTERNAL_ACCOUNTS,
                summary="List the external accounts of an account",
                query=ListExternalAccounts,
                by=kit.READ_OBJECTS,
                grants=kit.READ_OBJECT,
                refusals=_UNKNOWN,
            ),
            kit.Action(
                name="create",
                route="create_external_account",
                module=_EXTERNAL_ACCOUNT_ACTIONS,
                path=_EXTERNAL_ACCOUNTS,
                summary="Add an external account to an account",
                body=CreateExternalAccount,
                refusals=(*_UNKNOWN, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, Code.TOO_MANY_CHANGES),
            ),
            kit.Action(
                name="get",
                route="get_external_account",
                module=_EXTERNAL_ACCOUNT_ACTIONS,
                method="GET",
                path=_EXTERNAL_ACCOUNT,
                summary="Get an external account",
                query=Retrieve,
                by=kit.READ_OBJECTS,
                grants=kit.READ_OBJECT,
                refusals=_UNKNOWN,
            ),
            kit.Action(
                name="update",
                route="update_external_account",
                module=_EXTERNAL_ACCOUNT_ACTIONS,
                path=_EXTERNAL_ACCOUNT,
                summary="Update an external account",
                body=UpdateExternalAccount,
                refusals=(*_UNKNOWN, Code.TOO_MANY_CHANGES),
            ),
            kit.Action(
                name="delete",
                route="delete_external_account",
                module=_EXTERNAL_ACCOUNT_ACTIONS,
                method="DELETE",
                path=_EXTERNAL_ACCOUNT,
                summary="Delete an external account",
                grants=kit.DELETE_OBJECT,
                refusals=_UNKNOWN,
            ),
        ),
    ),
    events=kit.Events(object="account.external_account", ends=("created", "updated", "deleted")),
)

CAPABILITY: Final = kit.Resource(
    object=CAPABILITY_OBJECT,
    prefix=CAPABILITY_OBJECT,
    path="/capabilities",
    noun="capability",
    fields=(),
    shown=kit.Shown(derived=capability_fields, lacks=("created", "livemode")),
    rules=kit.Rules(holder=kit.Holder(ACCOUNT, _unknown, capabilities_in)),
    routes=kit.Routes(
        operations=(),
        actions=(
            kit.Action(
                name="list_capabilities",
                route="list_capabilities",
                module=_CAPABILITY_ACTIONS,
                method="GET",
                path=_CAPABILITIES,
                summary="List the capabilities of an account",
                query=ListCapabilities,
                by=kit.READ_OBJECTS,
                grants=kit.READ_OBJECT,
                refusals=(Code.FORBIDDEN,),
            ),
            kit.Action(
                name="get",
                module=_CAPABILITY_ACTIONS,
                method="GET",
                path=f"{_CAPABILITIES}/{{capability}}",
                summary="Get a capability of an account",
                query=Retrieve,
                by=kit.READ_OBJECTS,
                grants=kit.READ_OBJECT,
                refusals=_UNKNOWN,
            ),
            kit.Action(
                name="update",
                module=_CAPABILITY_ACTIONS,
                path=f"{_CAPABILITIES}/{{capability}}",
                summary="Request a capability of an account, or no longer",
                body=UpdateCapability,
                refusals=(*_UNKNOWN, Code.TOO_MANY_CHANGES),
            ),
        ),
    ),
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
