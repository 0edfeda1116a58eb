"""Routes that simulate what a bank, a network or a cardholder does, and that change the merchant's settings."""

from typing import Final

from paysandbox.aws.resources import (
    CUSTOMERS,
    DISBURSEMENTS,
    LEDGER,
    MERCHANT_FUNDS,
    MERCHANT_SETTINGS,
    READ_HASHING_KEYS,
    TIMERS,
    Grant,
)
from paysandbox.aws.schema import DISBURSEMENTS_BY_ID, TIMERS_BY_MERCHANT
from paysandbox.aws.settings import AcceptanceSettings, DisputeFeeSettings, ReferenceSettings
from paysandbox.core.errors import Code
from paysandbox.http.answer import Documented
from paysandbox.http.route import Access, BodyFormat, Idempotency, Route
from paysandbox.simulate import requests, schemas

# The index has the keys of a disbursement, which is then read by them.
_FIND_DISBURSEMENT: Final = (
    Grant(DISBURSEMENTS, ("BatchGetItem",)),
    Grant(DISBURSEMENTS, ("Query",), DISBURSEMENTS_BY_ID),
)

# A function that several routes with similar rights share.
MANAGE_SIMULATION: Final = "manage_simulation"

LIST_SIMULATIONS: Final = Route(
    name="list_simulations",
    group="simulate",
    function=MANAGE_SIMULATION,
    method="GET",
    path="/sandbox/simulate",
    summary="List the actions that can be simulated, or the pending steps",
    access=Access.API_KEY,
    query=requests.ListSimulations,
    answer=schemas.SimulationList,
    grants=(Grant(TIMERS, ("BatchGetItem",)), Grant(TIMERS, ("Query",), TIMERS_BY_MERCHANT)),
    refusals=(Code.CURSOR_INVALID,),
)

GET_SIMULATION: Final = Route(
    name="get_simulation",
    group="simulate",
    function=MANAGE_SIMULATION,
    method="GET",
    path="/sandbox/simulate/{object_id}",
    summary="Get the possible actions and due steps of an object",
    access=Access.API_KEY,
    answer=schemas.Simulation,
    grants=(Grant(LEDGER, ("GetItem",)), *_FIND_DISBURSEMENT),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

SIMULATE_ACTION: Final = Route(
    name="simulate_action",
    group="simulate",
    method="POST",
    path="/sandbox/simulate/{object_id}/{action}",
    summary="Simulate an action on a payment, capture, refund, dispute or disbursement",
    access=Access.API_KEY,
    body=requests.SimulationArguments,
    body_format=BodyFormat.OPTIONAL_JSON,
    answer=Documented("paysandbox.simulate.object_schemas", "SimulatedObject"),
    idempotency=Idempotency(key_optional=True),
    # PutItem binds an idempotency key. A disbursement's money goes back to the funds in a transaction.
    grants=(
        Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")),
        READ_HASHING_KEYS,
        *_FIND_DISBURSEMENT,
        Grant(DISBURSEMENTS, ("GetItem", "PutItem")),
        Grant(MERCHANT_FUNDS, ("PutItem", "UpdateItem")),
        # A notification of change corrects the customer's bank account.
        Grant(CUSTOMERS, ("GetItem", "UpdateItem")),
    ),
    needs=(AcceptanceSettings, DisputeFeeSettings, ReferenceSettings),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.SIMULATION_NOT_ALLOWED),
)

GET_SETTINGS: Final = Route(
    name="get_settings",
    group="simulate",
    function=MANAGE_SIMULATION,
    method="GET",
    path="/sandbox/settings",
    summary="Get the merchant's settings",
    access=Access.API_KEY,
    answer=schemas.SettingsBody,
    grants=(Grant(MERCHANT_SETTINGS, ("GetItem",)),),
)

UPDATE_SETTINGS: Final = Route(
    name="update_settings",
    group="simulate",
    function=MANAGE_SIMULATION,
    method="PATCH",
    path="/sandbox/settings",
    summary="Update the merchant's settings",
    access=Access.API_KEY,
    body=requests.UpdateSettings,
    answer=schemas.SettingsBody,
    grants=(Grant(MERCHANT_SETTINGS, ("GetItem", "UpdateItem")),),
)

ROUTES: Final = (LIST_SIMULATIONS, GET_SIMULATION, SIMULATE_ACTION, GET_SETTINGS, UPDATE_SETTINGS)
