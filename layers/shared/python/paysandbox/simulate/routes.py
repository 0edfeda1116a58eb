"""Routes that simulate what a bank, a network or a cardholder does, and that change the merchant's settings."""

from typing import Final

from paysandbox.aws.resources import LEDGER, MERCHANT_SETTINGS, READ_HASHING_KEYS, TIMERS, Grant
from paysandbox.aws.schema import TIMERS_BY_MERCHANT
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core.errors import Code
from paysandbox.http.answer import Documented
from paysandbox.http.route import Access, Route
from paysandbox.simulate import requests, schemas

# A function that several routes with similar rights share.
MANAGE_SIMULATION: Final = "manage_simulation"

LIST_SIMULATIONS: Final = Route(
    name="list_simulations",
    group="simulate",
    function=MANAGE_SIMULATION,
    method="GET",
    path="/sandbox/simulate",
    summary="List what can be simulated, or what waits to happen",
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
    summary="Get what can happen to a payment, capture, refund or dispute now, and what is due when",
    access=Access.API_KEY,
    answer=schemas.Simulation,
    grants=(Grant(LEDGER, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

SIMULATE_ACTION: Final = Route(
    name="simulate_action",
    group="simulate",
    method="POST",
    path="/sandbox/simulate/{object_id}/{action}",
    summary="Make something happen to a payment, capture, refund or dispute",
    access=Access.API_KEY,
    body=requests.SimulationArguments,
    body_optional=True,
    answer=Documented("paysandbox.payments.schemas", "PaymentBody"),
    idempotent=True,
    idempotency_key_optional=True,
    # PutItem binds an idempotency key.
    grants=(Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), READ_HASHING_KEYS),
    needs=(AcceptanceSettings,),
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
    summary="Change the merchant's settings",
    access=Access.API_KEY,
    body=requests.UpdateSettings,
    answer=schemas.SettingsBody,
    grants=(Grant(MERCHANT_SETTINGS, ("UpdateItem",)),),
)

ROUTES: Final = (LIST_SIMULATIONS, GET_SIMULATION, SIMULATE_ACTION, GET_SETTINGS, UPDATE_SETTINGS)
