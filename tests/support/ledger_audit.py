"""The books of the ledger as the product audits them (`paysandbox audit`), over what moto holds."""

from paysandbox.payments.audit_scan import TableAudit
from tests.support import table_snapshot


def audit() -> None:
    """Audit every item of the ledger. AssertionError names what does not agree."""
    audited = TableAudit()
    for item in table_snapshot.items():
        audited.take(item)
    assert audited.close() == []
