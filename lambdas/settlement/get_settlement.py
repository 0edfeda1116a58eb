"""GET /settlements/{batch}: get a settlement with its totals, balances, excluded payments and report links."""

from paysandbox.core.errors import Code, Refused
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.settlement.batches import exclusions_of
from paysandbox.settlement.business_day import BatchName, NotABatchError
from paysandbox.settlement.lists import Settled, get_settled
from paysandbox.settlement.reports.links import links_of
from paysandbox.settlement.routes import GET_SETTLEMENT
from paysandbox.settlement.schemas import render_settlement
from paysandbox.settlement.tables import batches


@endpoint(GET_SETTLEMENT)
def handler(call: Call[None, None]) -> Answer:
    """Make three reads. The links are presigned without a request."""
    found = _found(call.merchant, call.path.get("batch", ""))
    if found is None:
        raise Refused(Code.RESOURCE_NOT_FOUND, "This merchant has no settlement with this batch name.")
    excluded = exclusions_of(batches(), found.stored.name, call.merchant)
    body = render_settlement(found.stored, found.statement, excluded, links_of(found.statement))
    return Answer(body, outcome="shown")


def _found(merchant: str, batch: str) -> Settled | None:
    try:
        return get_settled(batches(), merchant, str(BatchName.read(batch)))
    except NotABatchError:
        return None
