"""The books of the ledger as the product audits them (`paysandbox audit`), over what moto holds."""

from paysandbox.payments.audit_scan import TableAudit
from tests.integration import shelf


def audit() -> None:
    """Audit every item of the ledger. AssertionError names what does not agree."""
    audited = TableAudit()
    for item in shelf.items():
        audited.take(item)
    assert audited.close() == []
