"""The nightly statement of PayPal: a file of the reports bucket for each day, for `paysandbox reconcile`.

PayPal's API lists no payouts of a day, so each batch whose ID is known is read. A batch that PayPal does not know has
no line, which `reconcile` finds. The file of a day has one name, and a second run replaces it.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from paysandbox.aws import runtime
from paysandbox.aws.settings import ReportsSettings
from paysandbox.core.record import record
from paysandbox.disbursements.funds_scan import disbursement_items
from paysandbox.disbursements.methods import Method
from paysandbox.disbursements.paypal import client as paypal_client
from paysandbox.disbursements.paypal.messages import error_name
from paysandbox.disbursements.paypal.statement import (
    PAYPAL_STATEMENT,
    NotABatchError,
    may_be_in_statement,
    statement_item,
)
from paysandbox.disbursements.rail import Unknown
from paysandbox.disbursements.statement import Statement, StatementItem, statement_key, write_statement
from paysandbox.disbursements.store import tables
from paysandbox.disbursements.store.items import UNREADABLE, disbursement_from

_AT_ONCE: Final = 8
_NOT_FOUND: Final = 404


class StatementError(Exception):
    """PayPal did not answer about a batch, or with something else. Nothing was written."""


@record(kw_only=True)
class Written:
    """The key of the file in the reports bucket, and its number of lines."""

    key: str
    lines: int


def write_statement_of(day: date) -> Written:
    """Write the statement of a day (UTC). Raises StatementError, Refused(paypal_not_configured) and errors of AWS."""
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        read = list(pool.map(_item, _references(start, end)))
    items = tuple(item for item in read if item is not None and start <= item.created_at < end)
    statement = Statement(format=PAYPAL_STATEMENT, day=day, made_at=runtime.wall_now(), items=items)
    key = statement_key(Method.PAYPAL, day)
    runtime.s3().put_object(
        Bucket=runtime.settings_of(ReportsSettings).reports_bucket,
        Key=key,
        Body="".join(write_statement(statement)).encode(),
        ContentType="text/csv; charset=utf-8",
    )
    return Written(key=key, lines=len(items))


def _references(start: datetime, end: datetime) -> Iterable[str]:
    """Yield PayPal's IDs of the batches that may be of the day. An unreadable item is left to the audit."""
    for item in disbursement_items(tables.disbursements()):
        try:
            disbursement = disbursement_from(item)
        except UNREADABLE:
            continue
        if (
            disbursement.method == Method.PAYPAL
            and disbursement.reference
            and may_be_in_statement(disbursement, start, end)
        ):
            yield disbursement.reference


def _item(reference: str) -> StatementItem | None:
    answer = paypal_client.read_batch(tables.disbursements(), reference)
    if isinstance(answer, Unknown):
        raise StatementError(f"batch {reference} was not read: {answer.reason}")
    if answer.status == _NOT_FOUND:
        return None
    try:
        if answer.status < 300 and answer.body is not None:
            return statement_item(answer.body)
    except NotABatchError as error:
        raise StatementError(f"PayPal's answer about batch {reference} lacks {error}") from None
    raise StatementError(f"batch {reference} was not read: {error_name(answer.body) or answer.status}")
