"""What the tests of rules ask for by name. No table is among it: a rule that needs one is not in the domain."""

import pytest

from tests.support.memory_ledger import MemoryLedger


@pytest.fixture
def ledger() -> MemoryLedger:
    """An empty ledger."""
    return MemoryLedger()
