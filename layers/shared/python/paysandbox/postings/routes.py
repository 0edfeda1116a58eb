"""The route of postings, which are computed from a payment's operations."""

from typing import Final

from paysandbox.aws.resources import LEDGER, Grant
from paysandbox.core.errors import Code
from paysandbox.http.route import Access, Route
from paysandbox.postings import schemas as contract

LIST_POSTINGS: Final = Route(
    name="list_postings",
    group="postings",
    method="GET",
    path="/payments/{transaction_id}/postings",
    summary="List a payment's postings in double entry",
    access=Access.API_KEY,
    answer=contract.PostingList,
    grants=(Grant(LEDGER, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

ROUTES: Final = (LIST_POSTINGS,)
