"""The product's ledger audit (`paysandbox audit`), over the test's ledger."""

from paysandbox.payments.audit_scan import TableAudit
from tests.support.worlds import table_snapshot


def audit() -> None:
    """Audit every item of the ledger. The AssertionError has the discrepancies."""
    audited = TableAudit()
    for item in table_snapshot.items():
        audited.take(item)
    assert audited.close() == []
