"""GET /settlements/{batch}: totals, balances, what the batch left out, and links to its reports."""

from paysandbox.contract.settlements import render_settlement
from paysandbox.domain.business_day import BatchName, NotABatchError
from paysandbox.errors import Code, Refused
from paysandbox.routes.settlements import GET_SETTLEMENT
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.report_links import links_of
from paysandbox.runtime.request import Call
from paysandbox.runtime.settlement_tables import batches
from paysandbox.table.settlement_batches import set_aside_of
from paysandbox.table.settlement_list import Settled, get_settled


@endpoint(GET_SETTLEMENT)
def handler(call: Call) -> Answer:
    """Three reads, and no call for the links."""
    found = _found(call.merchant, call.path.get("batch", ""))
    if found is None:
        raise Refused(Code.RESOURCE_NOT_FOUND, "No batch of that name has settled anything of this merchant.")
    set_aside = set_aside_of(batches(), found.kept.name, call.merchant)
    body = render_settlement(found.kept, found.statement, set_aside, links_of(found.statement))
    return Answer(body, outcome="shown")


def _found(merchant: str, batch: str) -> Settled | None:
    try:
        return get_settled(batches(), merchant, str(BatchName.read(batch)))
    except NotABatchError:
        return None
