"""PayPal's statement of a day: from the simulator locally, from PayPal's API in AWS, or from the nightly run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from cli.connection.target import Target
    from paysandbox.disbursements.statement import Statement, StatementItem

# This function's configuration has the URL of the provider.
_KNOWS: Final = "send_disbursements"


def paypal_statement(target: Target, day: datetime) -> str:
    """Return the file of PayPal's statement of a day (UTC), made now. Raises Failure if PayPal does not provide it."""
    from cli.connection.api import client_of
    from paysandbox.disbursements.statement import write_statement

    base_url, credentials = _account(target)
    with client_of(base_url) as client:
        _authorize(client, credentials)
        if target.is_local:
            return _of_simulator(client, day)
        return "".join(write_statement(_from_paypal(target, client, day)))


def nightly_statement(target: Target, day: datetime) -> str:
    """Return the statement that the nightly run wrote. Raises Failure if there is none."""
    from botocore.exceptions import ClientError

    from paysandbox.disbursements.statement import statement_key

    key = statement_key("paypal", day.date())
    try:
        found = target.client("s3").get_object(Bucket=target.outputs("settlement")["ReportsBucket"], Key=key)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchKey":
            raise
        raise Failure(
            f"There is no nightly statement of {day:%Y-%m-%d}.",
            "It is written at 03:00 UTC of the next day. Without --nightly, PayPal is asked now.",
        ) from None
    return found["Body"].read().decode()


def _account(target: Target) -> tuple[str, Mapping[str, str]]:
    """Return the base URL of PayPal's API and the credentials. Raises Failure if none are set."""
    from cli.disbursements.paypal_parameter import PaypalParameter
    from paysandbox.aws.settings import PaypalSettings

    found = target.client("lambda").get_function_configuration(FunctionName=f"paysandbox-{target.environment}-{_KNOWS}")
    settings = PaypalSettings.from_env(found.get("Environment", {}).get("Variables", {}))
    credentials = PaypalParameter.of(target).get()
    if credentials is None:
        raise Failure(
            f"{target.environment} has no PayPal credentials.",
            f"Set them: paysandbox disbursements secrets set --env {target.environment}",
        )
    return settings.paypal_api_base, credentials


def _authorize(client: httpx.Client, credentials: Mapping[str, str]) -> None:
    """Let the client send a token with each request. Raises Failure if PayPal refuses the credentials."""
    from paysandbox.disbursements.paypal.messages import TOKEN_PATH

    answer = _answer(
        client,
        "POST",
        TOKEN_PATH,
        data={"grant_type": "client_credentials"},
        auth=(credentials["client_id"], credentials["client_secret"]),
    )
    client.headers["Authorization"] = f"Bearer {answer.json().get('access_token', '')}"


def _of_simulator(client: httpx.Client, day: datetime) -> str:
    from paysandbox.disbursements.paypal.statement import SIMULATOR_PATH

    return _answer(client, "GET", f"{SIMULATOR_PATH}/{day:%Y-%m-%d}").text


def _from_paypal(target: Target, client: httpx.Client, day: datetime) -> Statement:
    """Read each batch that may be of the day. One that PayPal does not know has no line."""
    from cli.disbursements.tables import disbursements_table, every_disbursement
    from paysandbox.disbursements.paypal.statement import PAYPAL_STATEMENT, may_be_in_statement
    from paysandbox.disbursements.statement import Statement

    end = day + timedelta(days=1)
    references = [
        disbursement.reference
        for disbursement in every_disbursement(disbursements_table(target))
        if disbursement.method == "paypal" and disbursement.reference and may_be_in_statement(disbursement, day, end)
    ]
    read = (_item(client, reference) for reference in references)
    items = [item for item in read if item is not None and day <= item.created_at < end]
    return Statement(format=PAYPAL_STATEMENT, day=day.date(), made_at=datetime.now(UTC), items=tuple(items))


def _item(client: httpx.Client, reference: str) -> StatementItem | None:
    from paysandbox.disbursements.paypal.messages import PAYOUTS_PATH
    from paysandbox.disbursements.paypal.statement import NotABatchError, statement_item

    answer = _answer(client, "GET", f"{PAYOUTS_PATH}/{reference}", may_be_missing=True)
    if answer.is_error:
        return None
    try:
        return statement_item(answer.json())
    except NotABatchError as error:
        raise Failure(f"PayPal's response for batch {reference} has no {error}.", "Try again.") from None


def _answer(
    client: httpx.Client, method: str, path: str, *, may_be_missing: bool = False, **request: Any
) -> httpx.Response:
    """Make a request to PayPal. Raises Failure if it fails. The message has neither a credential nor a body."""
    import httpx

    try:
        answer = client.request(method, path, **request)
    except httpx.HTTPError as error:
        raise Failure(f"PayPal did not respond: {type(error).__name__}.", "Try again.") from None
    if answer.is_success or (may_be_missing and answer.status_code == httpx.codes.NOT_FOUND):
        return answer
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise Failure("PayPal refused the credentials (401).", "Set them again: paysandbox disbursements secrets set")
    raise Failure(f"PayPal returned {answer.status_code} to {method} {path}.", "Try again later.")
