"""Entries in report order, in any number and any input order; no temporary data remains."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.cards.brand import Brand
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.reports import order as report_order
from paysandbox.settlement.settlement import Entry, in_order
from tests.support.builders.build import MONDAY, operation_id

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(["\n", '"', "\u2028", "\\n"])
entries = st.lists(
    st.builds(
        Entry,
        batch=st.just("2026-11-16"),
        merchant=texts,
        currency=st.sampled_from(["USD", "JPY"]),
        operation_id=st.builds(operation_id, st.sampled_from(["cap", "ref"]), st.integers(1, 10_000)),
        payment_id=texts,
        kind=st.sampled_from(LineKind),
        # Few values, so that ids decide; before and after 1970, with and without microseconds.
        occurred_at=st.sampled_from([MONDAY, MONDAY + timedelta(microseconds=1), MONDAY - timedelta(days=30_000)]),
        gross=st.integers(-(10**17), 10**17),
        fee=st.integers(0, 10**6),
        brand=st.sampled_from(Brand),
        last4=st.just("0505"),
        reference=st.none() | texts,
        late=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda one: one.operation_id,
)


@pytest.mark.full
@given(found=entries, run=st.integers(1, 13))
def test_entries_are_ordered_by_time_and_id(found: list[Entry], run: int) -> None:
    """In runs of any size; entries come back unchanged, whatever their texts contain."""
    with patch.object(report_order, "RUN", run), report_order.ordered(found) as ordered:
        assert [*ordered] == in_order(found)
        assert [*ordered] == in_order(found)
