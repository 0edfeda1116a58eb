"""Stripe's statement of a day: the platform's transfers and their payouts, from Stripe's API, or locally from /v1."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    import httpx

    from cli.connection.target import Target

# This function's configuration has the URL of the provider.
_KNOWS: Final = "send_disbursements"
_PAGE: Final = 100


def stripe_statement(target: Target, day: datetime) -> str:
    """Return the file of Stripe's statement of a day (UTC), as of now. Raises Failure if Stripe does not provide it."""
    from cli.connection.api import client_of
    from cli.disbursements.tables import sandbox_time
    from paysandbox.disbursements.statement import Statement, write_statement
    from paysandbox.disbursements.stripe.messages import TRANSFERS_PATH
    from paysandbox.disbursements.stripe.statement import STRIPE_STATEMENT, statement_item

    base_url, key = _account(target)
    made_at = sandbox_time(target)
    with client_of(base_url) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        span = {"created[gte]": _seconds(day), "created[lt]": _seconds(day + timedelta(days=1))}
        items = [
            item
            for transfer in _listed(client, TRANSFERS_PATH, span)
            if (item := statement_item(transfer, _payout(client, transfer))) is not None
        ]
    made = Statement(format=STRIPE_STATEMENT, day=day.date(), made_at=made_at.astimezone(UTC), items=tuple(items))
    return "".join(write_statement(made))


def _account(target: Target) -> tuple[str, str]:
    """Return the base URL of Stripe's API and the secret key. Raises Failure if none is set."""
    from cli.donations.stripe_parameters import StripeParameters, StripeSecret
    from paysandbox.aws.settings import StripeAccountSettings

    found = target.client("lambda").get_function_configuration(FunctionName=f"paysandbox-{target.environment}-{_KNOWS}")
    settings = StripeAccountSettings.from_env(found.get("Environment", {}).get("Variables", {}))
    key = StripeParameters.of(target).get().get(StripeSecret.KEY)
    if key is None:
        raise Failure(
            f"{target.environment} has no secret key of Stripe.",
            f"Set it: paysandbox donations secrets set STRIPE_SECRET_KEY --env {target.environment}",
        )
    return settings.stripe_api_base, key


def _payout(client: httpx.Client, transfer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the payout that a transfer became: Stripe lists an account's payouts, without a filter for metadata."""
    from paysandbox.disbursements.stripe.messages import PAYOUTS_PATH, batch_id_in, payouts_query

    batch_id = batch_id_in(transfer)
    if batch_id is None:
        return None
    account = {"Stripe-Account": str(transfer["destination"])}
    found = _listed(client, PAYOUTS_PATH, payouts_query(transfer), account)
    return next((payout for payout in found if batch_id_in(payout) == batch_id), None)


def _listed(
    client: httpx.Client, path: str, query: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list, page by page. Raises Failure, whose message has neither the key nor a body."""
    import httpx

    after: dict[str, str] = {}
    while True:
        try:
            answer = client.get(path, params={**query, "limit": _PAGE, **after}, headers=headers)
        except httpx.HTTPError as error:
            raise Failure(f"Stripe did not respond: {type(error).__name__}.", "Try again.") from None
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            advice = "Set it again: paysandbox donations secrets set STRIPE_SECRET_KEY"
            raise Failure("Stripe refused the secret key (401).", advice)
        if not answer.is_success:
            raise Failure(f"Stripe returned {answer.status_code} to GET {path}.", "Try again later.")
        page = answer.json()
        yield from page["data"]
        if not page["has_more"]:
            return
        after = {"starting_after": page["data"][-1]["id"]}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
