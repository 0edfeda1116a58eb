"""Routes of disputes: what a merchant reads, and how a merchant answers."""

from typing import Final

from paysandbox.aws.resources import DISPUTES, LEDGER, READ_HASHING_KEYS, Grant
from paysandbox.aws.schema import DISPUTES_BY_MERCHANT
from paysandbox.core.errors import Code
from paysandbox.disputes import requests
from paysandbox.http.answer import Documented
from paysandbox.http.route import BY_KEY, Access, Route

# Functions that several routes with similar rights share.
READ_DISPUTES: Final = "read_disputes"
RESPOND_TO_DISPUTES: Final = "respond_to_disputes"


def _documented(name: str) -> Documented:
    return Documented("paysandbox.disputes.schemas", name)


LIST_DISPUTES: Final = Route(
    name="list_disputes",
    group="disputes",
    function=READ_DISPUTES,
    method="GET",
    path="/disputes",
    summary="List disputes",
    access=Access.API_KEY,
    query=requests.ListDisputes,
    answer=_documented("DisputeList"),
    # GetItem reads the disputes of one payment.
    grants=(Grant(LEDGER, ("BatchGetItem", "GetItem")), Grant(DISPUTES, ("Query",), DISPUTES_BY_MERCHANT)),
    refusals=(Code.CURSOR_INVALID,),
)

GET_DISPUTE: Final = Route(
    name="get_dispute",
    group="disputes",
    function=READ_DISPUTES,
    method="GET",
    path="/disputes/{dispute_id}",
    summary="Get a dispute with its evidence",
    access=Access.API_KEY,
    answer=_documented("DisputeDetails"),
    grants=(Grant(LEDGER, ("BatchGetItem",)), Grant(DISPUTES, ("BatchGetItem",))),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

SUBMIT_EVIDENCE: Final = Route(
    name="submit_evidence",
    group="disputes",
    function=RESPOND_TO_DISPUTES,
    method="POST",
    path="/disputes/{dispute_id}/evidence",
    summary="Save or submit evidence for a dispute",
    access=Access.API_KEY,
    body=requests.SubmitEvidence,
    answer=_documented("EvidenceSaved"),
    idempotency=BY_KEY,
    # PutItem binds the idempotency key.
    grants=(
        Grant(LEDGER, ("BatchGetItem", "PutItem", "UpdateItem")),
        Grant(DISPUTES, ("BatchGetItem", "UpdateItem")),
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.DISPUTE_STATE_UNEXPECTED, Code.EVIDENCE_PAST_DUE),
)

ACCEPT_DISPUTE: Final = Route(
    name="accept_dispute",
    group="disputes",
    function=RESPOND_TO_DISPUTES,
    method="POST",
    path="/disputes/{dispute_id}/accept",
    summary="Accept a dispute instead of submitting evidence: it is lost",
    access=Access.API_KEY,
    answer=_documented("DisputeAnswered"),
    idempotency=BY_KEY,
    grants=(Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.DISPUTE_STATE_UNEXPECTED),
)

ROUTES: Final = (LIST_DISPUTES, GET_DISPUTE, SUBMIT_EVIDENCE, ACCEPT_DISPUTE)
