"""Requests about one dispute at once: each has read the dispute and the evidence before any of them writes."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.disputes.evidence import digest_of
from paysandbox.disputes.routes import ACCEPT_DISPUTE
from paysandbox.payments.operations.evidence_submitted import EvidenceSubmitted
from tests.support.clients.call import Merchant, Reply, send
from tests.support.clients.disputed import accept, disputed, evidence, payment_of, row, show, simulate, steps_of
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Deliver, Killed, Sent, Wire, killed_after

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

Ask = Callable[[], Reply]
AtOnce = Callable[[Sequence[Ask]], list[Reply]]


@pytest.fixture
def now() -> datetime:
    """A fixed time: at one, no log line is written, of which a Lambda process writes one at a time."""
    return runtime.now()


@pytest.fixture
def at_once(wire: Wire) -> AtOnce:
    """Send all requests at once. Each has read what it decides by before any has written."""

    def send_all(asks: Sequence[Ask]) -> list[Reply]:
        hashing_keys()
        with wire.meeting(len(asks), "UpdateItem"), ThreadPoolExecutor(len(asks)) as pool:
            return [answer.result() for answer in [pool.submit(ask) for ask in asks]]

    return send_all


def submission(dispute_id: str, text: str, now: datetime, key: str | None = None) -> Ask:
    return lambda: evidence(dispute_id, {"receipt": text}, submit=True, key=key or text, now=now)


def draft(dispute_id: str, field: str, text: str, now: datetime) -> Ask:
    return lambda: evidence(dispute_id, {field: text}, key=text, now=now)


def acceptance(dispute_id: str, key: str, now: datetime) -> Ask:
    return lambda: send(ACCEPT_DISPUTE, path={"dispute_id": dispute_id}, key=key, now=now)


def outcomes(replies: Sequence[Reply]) -> Counter[int]:
    return Counter(reply.status for reply in replies)


def submissions(dispute_id: str) -> list[EvidenceSubmitted]:
    return [one for one in payment_of(dispute_id).operations if isinstance(one, EvidenceSubmitted)]


def test_of_two_submissions_one_counts_and_its_digest_is_that_of_the_row(
    demo: Merchant, at_once: AtOnce, now: datetime
) -> None:
    dispute_id = disputed(demo)
    replies = at_once([submission(dispute_id, text, now) for text in ("file_1", "file_2")])
    assert outcomes(replies) == {200: 1, 409: 1}
    [submitted] = submissions(dispute_id)
    assert submitted.digest == digest_of(show(dispute_id).json["evidence"]) == row(dispute_id)["digest"]["S"]


@pytest.mark.full
def test_fifty_equal_submissions_are_one(demo: Merchant, at_once: AtOnce, now: datetime) -> None:
    dispute_id = disputed(demo)
    replies = at_once([submission(dispute_id, "file_1", now, key="k")] * 50)
    assert outcomes(replies) == {200: 50}
    assert len({reply.text for reply in replies}) == 1
    assert steps_of(dispute_id) == ["dop", "dev"]


@pytest.mark.parametrize("round_", range(4))
def test_accept_against_submit(round_: int, demo: Merchant, at_once: AtOnce, now: datetime) -> None:
    """One of them happens. Evidence that was sealed in vain changes nothing on the payment."""
    dispute_id = disputed(demo)
    asks = [submission(dispute_id, "file_1", now), acceptance(dispute_id, "a", now)]
    replies = at_once(asks[:: -1 if round_ % 2 else 1])
    assert outcomes(replies) == {200: 1, 409: 1}
    assert steps_of(dispute_id) in (["dop", "dev"], ["dop", "dcs"])


def test_fifty_acceptances_under_keys_of_their_own_are_one(demo: Merchant, at_once: AtOnce, now: datetime) -> None:
    dispute_id = disputed(demo)
    replies = at_once([acceptance(dispute_id, f"k-{number}", now) for number in range(50)])
    assert outcomes(replies) == {200: 1, 409: 49}
    assert steps_of(dispute_id) == ["dop", "dcs"]


@pytest.mark.parametrize("saved_before", [False, True])
def test_drafts_of_several_fields_are_all_saved(saved_before: bool, demo: Merchant, at_once: AtOnce) -> None:
    dispute_id = disputed(demo)
    if saved_before:
        evidence(dispute_id, {"receipt": "file_0"})
    fields = ("receipt", "customer_name", "service_date")
    later = runtime.now()
    replies = at_once([draft(dispute_id, field, f"text of {field}", later) for field in fields])
    assert outcomes(replies) == {200: 3}
    assert show(dispute_id).json["evidence"] == {field: f"text of {field}" for field in fields}


@pytest.mark.parametrize("round_", range(4))
def test_a_draft_against_the_seal(round_: int, demo: Merchant, at_once: AtOnce, now: datetime) -> None:
    """A draft that was saved before the seal is part of what is submitted; one that comes later is refused."""
    dispute_id = disputed(demo)
    asks = [draft(dispute_id, "customer_name", "Ada", now), submission(dispute_id, "file_1", now)]
    replies = at_once(asks[:: -1 if round_ % 2 else 1])
    texts = show(dispute_id).json["evidence"]
    [submitted] = submissions(dispute_id)
    assert submitted.digest == digest_of(texts)
    assert ("customer_name" in texts) is (outcomes(replies) == {200: 2})
    assert outcomes(replies)[200] >= 1


def is_seal(sent: Sent) -> bool:
    """Whether a call writes the row of a dispute."""
    return sent.operation == "UpdateItem" and sent.parameters["TableName"] == tables.DISPUTED


@pytest.mark.parametrize("kind", ["expire", "withdraw"])
def test_a_step_of_the_bank_between_the_seal_and_the_submission(kind: str, demo: Merchant, wire: Wire) -> None:
    """Lost meanwhile: the sealed evidence changes nothing. Withdrawn meanwhile: it is submitted, and wins."""
    dispute_id = disputed(demo)
    happened: list[str] = []

    def then(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        response = deliver()
        happened.append(kind)
        simulate(dispute_id, kind)
        return response

    with wire.broken(then, when=lambda sent: is_seal(sent) and not happened):
        reply = evidence(dispute_id, {"receipt": "file_1"}, submit=True)
    assert happened == [kind]
    if kind == "expire":
        assert (reply.code, reply.json["current_status"], steps_of(dispute_id)) == (
            "dispute_state_unexpected",
            "lost",
            ["dop", "dcs"],
        )
    else:
        assert (reply.status, steps_of(dispute_id)) == (200, ["dop", "dwd", "dev"])
        [timer] = submissions(dispute_id)[0].timers
        assert timer.step == "win"


def test_after_a_crash_any_submission_submits_the_sealed_evidence(demo: Merchant, wire: Wire) -> None:
    dispute_id = disputed(demo)
    with wire.broken(killed_after, when=is_seal), pytest.raises(Killed):
        evidence(dispute_id, {"receipt": "file_1"}, submit=True, key="k")
    assert (steps_of(dispute_id), show(dispute_id).json["status"]) == (["dop"], "needs_response")
    refused = evidence(dispute_id, {"receipt": "file_2"})
    assert (refused.code, refused.json["current_status"]) == ("dispute_state_unexpected", "needs_response")
    other = evidence(dispute_id, {"receipt": "file_3"}, submit=True)
    assert other.json["digest"] == digest_of({"receipt": "file_1"}) == submissions(dispute_id)[0].digest
    assert evidence(dispute_id, {"receipt": "file_1"}, submit=True, key="k").code == "dispute_state_unexpected"


def test_after_a_crash_the_dispute_can_still_be_accepted(demo: Merchant, wire: Wire) -> None:
    dispute_id = disputed(demo)
    with wire.broken(killed_after, when=is_seal), pytest.raises(Killed):
        evidence(dispute_id, {"receipt": "file_1"}, submit=True, key="k")
    assert accept(dispute_id).json["status"] == "lost"
    assert evidence(dispute_id, {"receipt": "file_1"}, submit=True, key="k").code == "dispute_state_unexpected"
    assert steps_of(dispute_id) == ["dop", "dcs"]
