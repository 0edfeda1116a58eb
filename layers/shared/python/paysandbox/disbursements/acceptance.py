"""Accept a disbursement: what a rail needs of its customer, and what a repeated request gets."""

from paysandbox.core.errors import Refused
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.methods import check_account
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, accept, find


def accept_requested(table: DisbursementsTable, requested: Disbursement) -> Disbursement:
    """Store a new disbursement and take its amount and fee, or return the one that has this ID already.

    Raises Refused: bank_account_missing; stripe_account_missing; insufficient_balance; service_unavailable.
    """
    try:
        check_account(requested.method, requested.bank_account, requested.stripe_account)
    except Refused:
        # The account may have been removed after the request that this one repeats.
        known = find(table, requested.merchant, requested.customer_id, requested.id)
        if known is None:
            raise
        return known
    return accept(table, requested)
