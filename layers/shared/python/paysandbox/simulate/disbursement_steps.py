"""Find a merchant's disbursement, and make something happen to it, once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.store.disbursements_table import change, find_by_id
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.simulate.disbursement_actions import simulated


def find_disbursement(merchant: str, disbursement_id: str) -> Disbursement:
    """Return a merchant's disbursement. Raises Refused(resource_not_found), also a moment after it was created."""
    found = find_by_id(disbursements(), merchant, disbursement_id)
    if found is None:
        raise Refused(Code.RESOURCE_NOT_FOUND, "There is no disbursement with this ID.")
    return found


def perform(
    disbursement: Disbursement,
    action: str,
    arguments: Mapping[str, Any],
    at: datetime,
    *,
    request_id: str,
    operation_id: str,
) -> Disbursement:
    """Make an action happen to a disbursement at a time (UTC), and return it as it is then.

    If this operation is recorded already, it does not happen again. A correction is also made to the customer's bank
    account, unless that is another by now: after it is recorded, so that a repeated request makes up for it. Raises
    Refused as `simulated` does.
    """

    def decide(current: Disbursement) -> Disbursement:
        if any(change.operation_id == operation_id for change in current.trail):
            return current
        return simulated(current, action, arguments, at, request_id=request_id, operation_id=operation_id)

    after = change(disbursements(), disbursement, decide)
    for each in after.trail:
        if each.is_correction and each.operation_id == operation_id and each.code is not None:
            _correct(after, each.code, at)
    return after


def _correct(disbursement: Disbursement, code: str, at: datetime) -> None:
    """Correct the customer's bank account as the simulated bank does, if it is the one that was paid."""
    # Imported when it is used: few simulated steps are corrections.
    from paysandbox.customers.tables import customers
    from paysandbox.disbursements.ach.correction import corrected
    from paysandbox.disbursements.ach.customer_accounts import CustomerAccounts
    from paysandbox.disbursements.ach.simulated_bank import bank_correction

    accounts = CustomerAccounts(table=customers, clock=lambda: at)
    before = accounts.find(disbursement)
    if before is not None:
        after = corrected(before, bank_correction(code, before.account_type))
        accounts.correct(disbursement.merchant, disbursement.customer_id, before, after)
