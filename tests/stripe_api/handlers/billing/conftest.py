"""Whatever a test does with billing, the audit finds nothing afterwards."""

from collections.abc import Iterator

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from tests.stripe_api.handlers.billing.billing_audit import billing_breaks


@pytest.fixture(autouse=True)
def _audited(ledger: Ledger) -> Iterator[None]:
    yield
    assert billing_breaks() == []
