"""GET /settlements/{batch}/lines: list the lines of a settlement, by time."""

from paysandbox.core.errors import Code, Refused
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.settlement.batch import Statement
from paysandbox.settlement.batches import get_statement
from paysandbox.settlement.business_day import BatchName, NotABatchError
from paysandbox.settlement.reports.lines import page_of_lines
from paysandbox.settlement.routes import LIST_SETTLEMENT_LINES
from paysandbox.settlement.schemas import ListSettlementLines, render_line
from paysandbox.settlement.tables import batches


@endpoint(LIST_SETTLEMENT_LINES)
def handler(call: Call[None, ListSettlementLines]) -> Answer:
    """Read the merchant's statement, then a range of its report."""
    statement = _found(call.merchant, call.path.get("batch", ""))
    if statement is None:
        raise Refused(Code.RESOURCE_NOT_FOUND, "This merchant has no settlement with this batch name.")
    lines, next_cursor = page_of_lines(statement, limit=call.query.limit, cursor=call.query.cursor)
    return Answer({"data": [render_line(line) for line in lines], "next_cursor": next_cursor}, outcome="listed")


def _found(merchant: str, batch: str) -> Statement | None:
    try:
        return get_statement(batches(), str(BatchName.read(batch)), merchant)
    except NotABatchError:
        return None
