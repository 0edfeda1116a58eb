"""Checks that the public donation totals match the donations."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from paysandbox.donations.table import Donations
    from paysandbox.payments.audit import Break

# A donation that is paid during the scan may be in the total and not in the sum, or the other way round.
_TRIES: Final = 3
PAUSE_S = 1.0

_UNREADABLE: Final = (LookupError, ValueError, TypeError, AttributeError)


@dataclass
class DonationAudit:
    """The result: the number of donations, their sums and the stored totals by currency, in minor units."""

    donations: int = 0
    sums: Counter[str] = field(default_factory=Counter[str])
    totals: Mapping[str, int] = field(default_factory=dict[str, int])
    breaks: list[Break] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """The JSON output."""
        currencies = sorted(self.sums.keys() | self.totals.keys())
        return {
            "donations": self.donations,
            "totals": [
                {
                    "currency": currency,
                    "total": self.totals.get(currency, 0),
                    "donations_add_up_to": self.sums[currency],
                }
                for currency in currencies
            ],
        }


def audit_donations(table: Donations) -> DonationAudit:
    """Read every donation and compare the totals. Differences are checked again, as donations may arrive meanwhile."""
    for tries in range(1, _TRIES + 1):
        found = _read(table)
        if not found.breaks or tries == _TRIES:
            return found
        time.sleep(PAUSE_S)
    raise AssertionError("it returns")


def _read(table: Donations) -> DonationAudit:
    from paysandbox.core.amount_text import amount_with_code
    from paysandbox.donations.lists import totals
    from paysandbox.donations.table import donation_from, donation_item
    from paysandbox.payments.audit import Break

    found = DonationAudit()
    for item in _donations(table):
        found.donations += 1
        place = item["SK"]["S"]
        try:
            donation = donation_from(item)
            again = donation_item(donation)
        except _UNREADABLE as error:
            found.breaks.append(
                Break(rule="layout", where=place, detail=f"unreadable: {type(error).__name__}: {error}")
            )
            continue
        odd = sorted(name for name in item.keys() | again.keys() if item.get(name) != again.get(name))
        if odd:
            found.breaks.append(Break(rule="layout", where=place, detail=f"unexpected attributes: {', '.join(odd)}"))
        found.sums[donation.currency] += donation.net
    found.totals = totals(table)
    for currency in sorted(found.sums.keys() | found.totals.keys()):
        total, summed = found.totals.get(currency, 0), found.sums[currency]
        if total != summed:
            detail = (
                f"the total is {amount_with_code(total, currency)}, "
                f"but the donations add up to {amount_with_code(summed, currency)}"
            )
            found.breaks.append(Break(rule="donations", where=currency, detail=detail))
    return found


def _donations(table: Donations) -> Iterator[dict[str, Any]]:
    from paysandbox.aws.schema import DONATIONS_KEY, DONATIONS_SORT
    from paysandbox.donations.table import DONATION

    pages = table.client.get_paginator("scan").paginate(
        TableName=table.table,
        ConsistentRead=True,
        FilterExpression="begins_with(#0, :0) AND begins_with(#1, :1)",
        ExpressionAttributeNames={"#0": DONATIONS_KEY, "#1": DONATIONS_SORT},
        ExpressionAttributeValues={":0": {"S": "USER#"}, ":1": {"S": DONATION}},
    )
    for page in pages:
        yield from page["Items"]
