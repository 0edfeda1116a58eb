# pyright: standard
"""Links for connected accounts: to their onboarding, and to their dashboard.

Source: Stripe, "Account Links" and "Login Links" (API reference), and the types of its SDKs. There is no page that asks
an account's owner for data. So an account link completes the onboarding when it is created, and leads to where that
would return. Which requirements are collected is read only: all that are due are due now.
"""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.aws.resources import STRIPE_OBJECTS, Grant
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.payments.attempts.return_url import MAX_LENGTH, fault_of
from paysandbox.stripe_api.connect.connected_account import ACCOUNT
from paysandbox.stripe_api.connect.links import check_link_type, not_connected, onboarded
from paysandbox.stripe_api.ids import merchant_of_account
from paysandbox.stripe_api.objects.stored_object import CHANGE_RETENTION, Attributes, StoredObject
from paysandbox.stripe_api.requests import CreateLoginLink, Nested
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Draft, Field, Stored

LIFETIME: Final = timedelta(minutes=5)
"""Of an account link."""
URL: Final = "url"

Url = Annotated[str, Limits(max_length=MAX_LENGTH)]
Due = Literal["currently_due", "eventually_due"]


class CollectionOptions(Nested):
    """Which requirements an account link collects."""

    fields: Due | None = None
    future_requirements: Literal["include", "omit"] | None = None


def link_with(link: StoredObject, url: str) -> StoredObject:
    """Return a new link. It is kept for as long as its request can be repeated, since no route retrieves one."""
    purge_at = int((link.created_at + CHANGE_RETENTION).timestamp())
    return replace(link, attributes={URL: url}, listed=False, purge_at=purge_at)


def _check(body: Any) -> None:
    for name in ("refresh_url", "return_url"):
        url: str | None = getattr(body, name)
        if url is not None and fault_of(url):
            raise Refused(Code.URL_NOT_ALLOWED, "Not a valid URL", name)


def _together(draft: Draft) -> Stored:
    """Return a link, and with it the account if it waits for its onboarding."""
    name: str = draft.body.account
    account = draft.read(ACCOUNT, name) if merchant_of_account(name) else None
    if account is None or account.deleted:
        raise not_connected()
    check_link_type(account, draft.body.type)
    link, completed = link_with(draft.stored, draft.body.return_url), onboarded(account)
    return (link,) if completed is None else (link, draft.change(account, completed))


def _for_platform(call: Any) -> Any:
    """Return a call as its platform's. Raises Refused(request_invalid) for another account than it is for."""
    account = call.account
    if account is None:
        return call
    if call.body.account != account.id:
        raise not_connected()
    return replace(call, merchant=account.merchant, account=None)


def _derived(link: StoredObject) -> Attributes:
    return {URL: link.attributes[URL]}


def _derived_with_end(link: StoredObject) -> Attributes:
    return {**_derived(link), "expires_at": int((link.created_at + LIFETIME).timestamp())}


ACCOUNT_LINK: Final = kit.Resource(
    object="account_link",
    prefix="alink",
    path="/account_links",
    noun="account link",
    fields=(
        Field(name="account", type=Annotated[str, Limits(min_length=1, max_length=64)], required=True, shown=False),
        Field(name="collect", type=Due, shown=False),
        Field(name="collection_options", type=CollectionOptions, shown=False),
        Field(name="refresh_url", type=Url, shown=False),
        Field(name="return_url", type=Url, required=True, shown=False),
        Field(
            name="type",
            type=Literal["account_onboarding", "account_update"],
            required=True,
            shown=False,
        ),
    ),
    shown=kit.Shown(derived=_derived_with_end, lacks=("id", "livemode")),
    rules=kit.Rules(check=_check, together=_together, acts_for=_for_platform),
    routes=kit.Routes(
        operations=("create",),
        refusals=(Code.URL_NOT_ALLOWED, Code.TOO_MANY_CHANGES),
        rights=kit.Rights(create=(Grant(STRIPE_OBJECTS, ("GetItem",)),)),
    ),
)

LOGIN_LINK: Final = kit.Resource(
    object="login_link",
    prefix="llink",
    path="/login_links",
    noun="login link",
    fields=(),
    shown=kit.Shown(derived=_derived, lacks=("id", "livemode")),
    routes=kit.Routes(
        operations=(),
        actions=(
            kit.Action(
                name="create",
                module="paysandbox.stripe_api.accounts.login_link_actions",
                path="/accounts/{id}/login_links",
                summary="Create a link to the dashboard for an account",
                body=CreateLoginLink,
                refusals=(Code.FORBIDDEN,),
            ),
        ),
    ),
)
