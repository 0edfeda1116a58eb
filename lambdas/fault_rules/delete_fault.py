"""DELETE /sandbox/faults/{fault_id}: delete a rule that injects faults."""

from paysandbox.core.errors import Code, Refused
from paysandbox.fault_rules.routes import DELETE_FAULT
from paysandbox.fault_rules.stored import table
from paysandbox.http.faults.faults_table import delete_rule
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(DELETE_FAULT)
def handler(call: Call[None, None]) -> Answer:
    """One conditional update. A request that has read the rule before is not hit either: it is counted first."""
    fault_id = call.path.get("fault_id", "")
    if not delete_rule(table(), call.merchant, fault_id):
        raise Refused(Code.RESOURCE_NOT_FOUND, "There is no such rule, or it has ended.", "fault_id")
    return Answer({"fault_id": fault_id, "deleted": True}, outcome="deleted")
