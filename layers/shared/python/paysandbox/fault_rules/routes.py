"""The routes of rules that inject faults."""

from typing import Final

from paysandbox.aws.resources import CLOCK, FAULTS, Grant
from paysandbox.aws.settings import FaultSettings
from paysandbox.core.errors import Code
from paysandbox.fault_rules.requests import CreateFault
from paysandbox.http.answer import Documented
from paysandbox.http.route import Access, Idempotency, Route

MANAGE_FAULTS: Final = "manage_faults"

_ALL: Final = "/sandbox/faults"
_SCHEMAS: Final = "paysandbox.fault_rules.schemas"

# Of an environment whose clock may not move, none of the rights (stacks/workers/faults.py).
CREATE_FAULT: Final = Route(
    name="create_fault",
    group="fault_rules",
    function=MANAGE_FAULTS,
    method="POST",
    path=_ALL,
    summary="Inject a fault into your requests",
    access=Access.API_KEY,
    body=CreateFault,
    answer=Documented(_SCHEMAS, "FaultRule"),
    idempotency=Idempotency(key_optional=True),
    grants=(Grant(FAULTS, ("PutItem", "Query")), Grant(CLOCK, ("UpdateItem",))),
    needs=(FaultSettings,),
    refusals=(Code.FAULT_UNKNOWN, Code.FAULTS_NOT_ALLOWED, Code.FAULT_LIMIT_REACHED),
)
LIST_FAULTS: Final = Route(
    name="list_faults",
    group="fault_rules",
    function=MANAGE_FAULTS,
    method="GET",
    path=_ALL,
    summary="List the rules that inject faults",
    access=Access.API_KEY,
    answer=Documented(_SCHEMAS, "FaultRuleList"),
    grants=(Grant(FAULTS, ("Query",)),),
    needs=(FaultSettings,),
    refusals=(Code.FAULTS_NOT_ALLOWED,),
)
DELETE_FAULT: Final = Route(
    name="delete_fault",
    group="fault_rules",
    function=MANAGE_FAULTS,
    method="DELETE",
    path=f"{_ALL}/{{fault_id}}",
    path_examples={"fault_id": "flt_4qj2xkz7vn3mwe5dthsabcly6o"},
    summary="Delete a rule that injects faults",
    access=Access.API_KEY,
    answer=Documented(_SCHEMAS, "DeletedFaultRule"),
    grants=(Grant(FAULTS, ("UpdateItem",)),),
    needs=(FaultSettings,),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.FAULTS_NOT_ALLOWED),
)
LIST_FIRINGS: Final = Route(
    name="list_firings",
    group="fault_rules",
    function=MANAGE_FAULTS,
    method="GET",
    path=f"{_ALL}/log",
    summary="List the faults that were injected",
    access=Access.API_KEY,
    answer=Documented(_SCHEMAS, "FaultLog"),
    grants=(Grant(FAULTS, ("Query",)),),
    needs=(FaultSettings,),
    refusals=(Code.FAULTS_NOT_ALLOWED,),
)

ROUTES: Final = (CREATE_FAULT, LIST_FAULTS, DELETE_FAULT, LIST_FIRINGS)
