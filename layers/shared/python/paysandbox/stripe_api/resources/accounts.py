# pyright: standard
"""Connected accounts: the sellers of a platform. Source: Stripe, "Accounts" (API reference), and the types of its SDKs.

Each is also a merchant of its own, for which its platform's keys act (`connect/accounts.py`). What a business has to
send is stored and shown, and checked by nobody (`connect/connected_account.py`). Persons, documents and other files are
not simulated: their parameters are refused.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field as Limits, StringConstraints

from paysandbox.core.currency import is_known
from paysandbox.core.errors import Code
from paysandbox.core.record import replace
from paysandbox.http.reading import parameter_name
from paysandbox.stripe_api.connect.capabilities import Capability, with_times
from paysandbox.stripe_api.connect.connected_account import (
    ACCOUNT as ACCOUNT_OBJECT,
    CAPABILITIES,
    CURRENCY_OF,
    EXTERNAL_ACCOUNTS,
    OUTCOME_ENTRY,
    derived_of,
    is_outcome,
    merchant_of,
    platform_item,
)
from paysandbox.stripe_api.connect.external_account import external_accounts_in, external_accounts_list
from paysandbox.stripe_api.connect.external_accounts import EXTERNAL_ACCOUNT, with_external_account
from paysandbox.stripe_api.errors import StripeRefused, missing, no_access, unsupported_currency
from paysandbox.stripe_api.ids import ACCOUNT as PREFIX, new_account_id
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import ExternalAccount, Nested, RejectAccount, ShippingAddress, Whole, Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Draft, Field, Stored, refused
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.of_accounts import BANK_ACCOUNT

_BY_DEFAULT: Final = ("card_payments", "transfers")
"""The capabilities that are requested for an account with the full Dashboard that requests none."""


def _provided(text: object) -> bool:
    """Read a number that identifies somebody. It is checked to be there, and never stored."""
    if isinstance(text, str) and 0 < len(text) <= 100:
        return True
    raise ValueError("must be a text of 1 to 100 characters")


Provided = Annotated[bool, BeforeValidator(_provided)]
Text100 = Annotated[str, Limits(max_length=100)]
Text256 = Annotated[str, Limits(max_length=256)]
Text5000 = Annotated[str, Limits(max_length=5000)]
Email = Annotated[str, Limits(max_length=512, pattern=r"^[^@\s]+@[^@\s]+$|^$")]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$|^$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(to_lower=True, max_length=3)]


class Requested(Nested):
    """Whether a capability is requested."""

    requested: Yes


class BusinessProfile(Nested):
    """What customers see of a business."""

    mcc: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$|^$")] | None = None
    name: Text256 | None = None
    product_description: Text5000 | None = None
    support_address: ShippingAddress | None = None
    support_email: Email | None = None
    support_phone: Text100 | None = None
    support_url: Text5000 | None = None
    url: Text5000 | None = None


class Company(Nested):
    """The company that an account is."""

    address: ShippingAddress | None = None
    name: Text256 | None = None
    phone: Text100 | None = None
    structure: Text100 | None = None
    tax_id: Provided | None = None
    vat_id: Provided | None = None


class Birthday(Nested):
    """A date of birth."""

    day: Annotated[Whole, Limits(ge=1, le=31)]
    month: Annotated[Whole, Limits(ge=1, le=12)]
    year: Annotated[Whole, Limits(ge=1800, le=2200)]


class Individual(Nested):
    """The person that an account is."""

    address: ShippingAddress | None = None
    dob: Birthday | None = None
    email: Email | None = None
    first_name: Text256 | None = None
    id_number: Provided | None = None
    last_name: Text256 | None = None
    phone: Text100 | None = None
    ssn_last_4: Provided | None = None


class Fees(Nested):
    """Who pays Stripe's fees."""

    payer: Literal["account", "application"]


class Losses(Nested):
    """Who is liable for negative balances."""

    payments: Literal["application", "stripe"]


class Dashboard(Nested):
    """The dashboard that an account has at Stripe."""

    type: Literal["express", "full", "none"]


class Controller(Nested):
    """What a platform controls of an account."""

    fees: Fees | None = None
    losses: Losses | None = None
    requirement_collection: Literal["application", "stripe"] | None = None
    stripe_dashboard: Dashboard | None = None


class Branding(Nested):
    """Colors. A logo and an icon would be files."""

    primary_color: Color | None = None
    secondary_color: Color | None = None


class CardPayments(Nested):
    """What card statements show."""

    statement_descriptor_prefix: Annotated[str, Limits(max_length=10)] | None = None


class Payments(Nested):
    """What statements show."""

    statement_descriptor: Annotated[str, Limits(max_length=22)] | None = None


class Schedule(Nested):
    """When settlement pays out: with each batch, on a day of the week or month, or never by itself (`manual`)."""

    interval: Literal["daily", "manual", "monthly", "weekly"] | None = None
    monthly_anchor: Annotated[Whole, Limits(ge=1, le=31)] | None = None
    weekly_anchor: Literal["friday", "monday", "saturday", "sunday", "thursday", "tuesday", "wednesday"] | None = None


class Payouts(Nested):
    """The settings of payouts."""

    debit_negative_balances: Yes | None = None
    schedule: Schedule | None = None
    statement_descriptor: Annotated[str, Limits(max_length=22)] | None = None


class Settings(Nested):
    """The settings of an account."""

    branding: Branding | None = None
    card_payments: CardPayments | None = None
    payments: Payments | None = None
    payouts: Payouts | None = None


class TermsAcceptance(Nested):
    """How the terms of service were accepted."""

    date: Annotated[Whole, Limits(ge=0)] | None = None
    ip: Annotated[str, Limits(max_length=45)] | None = None
    service_agreement: Literal["full", "recipient"] | None = None
    user_agent: Text5000 | None = None


_FULL: Final[Attributes] = {
    "fees": {"payer": "account"},
    "is_controller": True,
    "losses": {"payments": "stripe"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "full"},
    "type": "application",
}
"""The controller of an account that chooses none: that of a standard account."""

CONTROLLERS: Final[Mapping[str, Attributes]] = {
    "standard": _FULL,
    "express": {
        **_FULL,
        "fees": {"payer": "application_express"},
        "losses": {"payments": "application"},
        "stripe_dashboard": {"type": "express"},
    },
    "custom": {
        **_FULL,
        "fees": {"payer": "application_custom"},
        "losses": {"payments": "application"},
        "requirement_collection": "application",
        "stripe_dashboard": {"type": "none"},
    },
}
"""What the older types of accounts say of the controller (Stripe, "The Account object", `controller`)."""


def _check(body: Any) -> None:
    if body.type and body.controller:
        raise refused(
            "You may not provide the `type` parameter and `controller` parameters simultaneously. They are mutually "
            "exclusive."
        )
    controller = _controller_of(body)
    if controller["stripe_dashboard"]["type"] == "none" and not body.capabilities:
        raise missing(CAPABILITIES)
    if body.country and body.country not in CURRENCY_OF:
        raise refused(
            f"Country '{body.country}' is unknown. Try using a 2-character alphanumeric country code instead, such as "
            "'US', 'EG', or 'GB'.",
            "country",
        )


def _controller_of(body: Any) -> Attributes:
    if body.controller is None:
        return CONTROLLERS[body.type or "standard"]
    chosen = body.controller.model_dump(exclude_unset=True, exclude_none=True)
    return {**_FULL, **chosen}


def _together(draft: Draft) -> Stored:
    """Return an account, and with a new one the item that names its platform."""
    account = draft.stored
    currency: str | None = account.attributes.get("default_currency")
    if currency is not None and not is_known(currency.upper()):
        raise refused(unsupported_currency(parameter_name(currency)), "default_currency")
    outcome: str = (account.attributes.get("metadata") or {}).get(OUTCOME_ENTRY) or ""
    if not is_outcome(outcome):
        raise StripeRefused(
            Code.OUTCOME_INVALID,
            "The outcome of an account has words such as card_payments=pending, "
            "transfers=inactive:company.tax_id and onboarding.",
            f"metadata[{OUTCOME_ENTRY}]",
        )
    if draft.body.external_account is not None:
        operation = draft.cause.operation_id
        account = replace(
            account, attributes=with_external_account(account.attributes, draft.body.external_account, operation)
        )
    if draft.before is not None:
        return (_requested_at(account, draft),)
    body, controller = draft.body, _controller_of(draft.body)
    country = body.country or "US"
    by_default = controller["stripe_dashboard"]["type"] == "full" and not body.capabilities
    requested = {name: {"requested": True} for name in _BY_DEFAULT} if by_default else {}
    account = replace(
        account,
        attributes={
            **account.attributes,
            "controller": controller,
            "country": country,
            "default_currency": currency or CURRENCY_OF[country],
            "type": "none" if body.controller else body.type or "standard",
            **({CAPABILITIES: requested} if requested else {}),
        },
    )
    account = _requested_at(account, draft)
    return account, platform_item(account)


def _requested_at(account: StoredObject, draft: Draft) -> StoredObject:
    """Return an account whose capabilities have the time at which each was requested."""
    before = draft.before.attributes if draft.before else {}
    return replace(account, attributes=with_times(before, account.attributes, draft.cause.at))


def _for_platform(call: Any) -> Any:
    """Return a call as its platform's. An account is its platform's object, whichever of the two the call is for.

    Raises Refused(forbidden) for another account than the one that the call is for, and for a new one.
    """
    account, named = call.account, call.path.get("id")
    if account is None or (named is None and call.route.method == "GET"):
        return call
    if named is None:
        raise StripeRefused(Code.FORBIDDEN, "A connected account has no accounts. Create one without Stripe-Account.")
    if named != account.id:
        raise no_access(named)
    return replace(call, merchant=account.merchant, account=None)


def _derived(account: StoredObject) -> Attributes:
    shown = [render(BANK_ACCOUNT, each) for each in external_accounts_in(account)]
    return {**derived_of(account), EXTERNAL_ACCOUNTS: external_accounts_list(account.id, shown)}


def _events(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the event of a write. A new account has none, and a deleted one is deauthorized (`of_accounts.py`)."""
    return () if before is None or after.deleted else ("updated",)


ACCOUNT: Final = kit.Resource(
    object=ACCOUNT_OBJECT,
    prefix=PREFIX,
    path="/accounts",
    noun="account",
    fields=(
        Field(name="business_profile", type=BusinessProfile, default={}, merges_deeply=True),
        Field(
            name="business_type",
            type=Literal["company", "government_entity", "individual", "non_profit"],
            stored_only=True,
        ),
        Field(name=CAPABILITIES, type=dict[Capability, Requested], default={}, merges_deeply=True),
        Field(name="company", type=Company, merges_deeply=True, optional=True, stored_only=True),
        Field(name="controller", type=Controller, update=False),
        Field(name="country", type=Country, update=False),
        Field(name="default_currency", type=Currency),
        Field(name="email", type=Email),
        Field(name=EXTERNAL_ACCOUNT, type=ExternalAccount, shown=False),
        Field(name="individual", type=Individual, merges_deeply=True, optional=True, stored_only=True),
        kit.METADATA,
        Field(name="settings", type=Settings, default={}, merges_deeply=True),
        Field(name="tos_acceptance", type=TermsAcceptance, default={}, merges_deeply=True, stored_only=True),
        Field(name="type", type=Literal["custom", "express", "standard"], update=False),
    ),
    shown=kit.Shown(derived=_derived, lacks=("livemode",)),
    rules=kit.Rules(
        check=_check,
        together=_together,
        id_of=new_account_id,
        acts_for=_for_platform,
        unknown=no_access,
    ),
    routes=kit.Routes(
        id_param="account",
        operations=("create", "list", "update", "delete"),
        refusals=(Code.OUTCOME_INVALID, Code.FORBIDDEN, Code.RESOURCE_NOT_FOUND, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX),
        deletion=kit.Deletion(),
        actions=(
            kit.Action(
                name="reject",
                module="paysandbox.stripe_api.accounts.account_actions",
                path="/accounts/{id}/reject",
                summary="Reject an account, which neither charges nor is paid out to any more",
                body=RejectAccount,
                refusals=(Code.FORBIDDEN, Code.TOO_MANY_CHANGES),
            ),
        ),
    ),
    events=kit.Events(ends=("updated",), of=_events, to=merchant_of),
)
"""`GET /v1/accounts/{id}` has a row of its own, which also shows the account of the key."""
