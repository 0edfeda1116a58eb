"""Find the disbursement that a path names."""

from collections.abc import Mapping

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.customers.lookup import customer_id_in
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, find


def existing_disbursement(table: DisbursementsTable, merchant: str, path: Mapping[str, str]) -> Disbursement:
    """Return the merchant's disbursement that the parameters of a path name. Raises Refused(resource_not_found)."""
    customer_id, disbursement_id = customer_id_in(path), path.get("payment_id", "")
    found = None
    if customer_id is not None and ids.is_disbursement_id(disbursement_id):
        found = find(table, merchant, customer_id, disbursement_id)
    if found is None:
        raise Refused(Code.RESOURCE_NOT_FOUND, "The customer has no disbursement with this ID.", "payment_id")
    return found
