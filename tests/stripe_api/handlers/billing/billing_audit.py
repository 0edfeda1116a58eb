"""The product's audit of billing (`paysandbox audit`), over the test's tables."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from paysandbox.aws import runtime
from paysandbox.payments.audit import Break
from paysandbox.payments.audit_scan import TableAudit
from paysandbox.stripe_api.billing.auditing.scan import BillingAudit
from paysandbox.stripe_api.resource_kit.tables import objects_table
from tests.support.worlds import table_snapshot

_RETENTION = timedelta(days=90)


def billing_breaks(
    *, payments: Iterable[Any] | None = None, meanwhile: Callable[[], bool] = lambda: False
) -> list[Break]:
    """Audit all subscriptions and invoices. `meanwhile` runs before what differs is read again, if it returns True.

    `payments` are items of the ledger that were read before, instead of those of now.
    """
    audited, ledger = BillingAudit(runtime.now(), _RETENTION), TableAudit()
    for item in table_snapshot.items() if payments is None else payments:
        audited.take(ledger.take(item))
    return audited.close(runtime.ledger(), objects_table(), look_again=meanwhile)
