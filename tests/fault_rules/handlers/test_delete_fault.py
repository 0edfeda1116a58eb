"""DELETE /sandbox/faults/{fault_id}."""

from paysandbox.fault_rules.routes import DELETE_FAULT, LIST_FAULTS
from tests.fault_rules.scenarios import created
from tests.support.clients.call import send


def test_a_deletion_can_be_repeated() -> None:
    rule, other = created(), created()
    reply = send(DELETE_FAULT, path={"fault_id": rule})
    assert (reply.status, reply.json) == (200, {"fault_id": rule, "deleted": True})
    assert send(DELETE_FAULT, path={"fault_id": rule}).json == reply.json
    assert [each["fault_id"] for each in send(LIST_FAULTS).json["data"]] == [other]
