"""Conformance of the deployed API to its OpenAPI document, which describes the answer to every request.

Schemathesis generates valid and invalid requests from the document, the same in every run. Further tests
cover the faults that it does not generate: keys, content types and methods.
"""

import copy
import json
import math
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from jsonschema import Draft202012Validator
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckContext, CheckFunction, not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api_reference.openapi_file import openapi_json
from paysandbox.payments.bank.test_cards import TEST_CARDS
from tests.e2e.conftest import Sandbox
from tests.support.builders.build import INSUFFICIENT_FUNDS
from tests.support.clients.api import CARD, PATIENCE_S, TIMEOUT_S, Api
from tests.support.tools.tiers import first_of_each
from tests.support.tools.waiting import until

DOCUMENT: Final = json.loads(openapi_json())
CASES: Final = 30
"""Minimum number of generated requests per operation."""
MANY_CASES: Final = 200
"""The same for `make soak`."""
UNTIL_ONE_SUCCEEDS: Final = (20, 100)
"""So many valid requests are generated, and so many more, if none of an operation succeeded."""

Operation = dict[str, Any]
Address = tuple[str, str]
"""Method and path, as in the document."""


def operation_at(address: Address) -> Operation:
    """Return the document's entry for an operation."""
    method, path = address
    return DOCUMENT["paths"][path][method.lower()]


ADDRESSES: Final = [(method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations]
WITH_BODY: Final = [address for address in ADDRESSES if "requestBody" in operation_at(address)]
# Except OPTIONS, which every path answers for browsers, and HEAD, whose answers have no body.
METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")
UNKNOWN: Final = [(method, path) for path in DOCUMENT["paths"] for method in METHODS if (method, path) not in ADDRESSES]
PROBLEM: Final = "application/problem+json"

# Generated events have no signature of Stripe or PayPal; test_donations.py sends signed ones.
SIGNED: Final = (("POST", "/webhooks/stripe"), ("POST", "/webhooks/paypal"))
# These tests have a merchant's key, and the clock is everybody's; test_clock.py moves it.
OF_OPERATORS: Final = (("POST", "/sandbox/clock"),)
NEW_CUSTOMER: Final = ("POST", "/v1/api/customer")
every_operation = pytest.mark.parametrize("address", ADDRESSES, ids=" ".join)
AUTHORIZE: Final = ("POST", "/payments/authorize")
NEW_FAULT: Final = ("POST", "/sandbox/faults")


# --- checks of every answer -------------------------------------------------------------------------------------------


def code_is_documented(_: CheckContext, response: Response, case: Case) -> None:
    """Check that the document has an example of the refusal under its status."""
    told = case.operation.definition.raw["responses"].get(str(response.status_code), {}).get("content", {})
    if PROBLEM in told:
        problem = response.json()
        assert problem["code"] in told[PROBLEM].get("examples", {}), problem
        assert problem["status"] == response.status_code, problem


def form_is_accepted(_: CheckContext, response: Response, case: Case) -> None:
    """Check that a request of the documented form is refused for its values only, not for its form."""
    if response.status_code >= 300:
        assert response.json()["code"] not in {
            "api_key_invalid",
            "idempotency_key_required",
            "media_type_unsupported",
            "parameter_missing",
            "parameter_unknown",
            "request_invalid",
        }, response.json()


def invalid_data_is_refused(context: CheckContext, response: Response, case: Case) -> bool | None:
    """Check that invalid data is refused. A body that is too large is refused before it is read."""
    return None if response.status_code == 413 else negative_data_rejection(context, response, case)


ALWAYS: Final[list[CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    code_is_documented,
]


@pytest.fixture(scope="module")
def http(api: Api, sandbox: Sandbox) -> Iterator[requests.Session]:
    """Provide one connection for thousands of requests, with the merchant's key and a donor's token."""
    with requests.Session() as session:
        session.headers["X-Api-Key"] = api.api_key
        session.headers["Authorization"] = f"Bearer {sandbox.run('donations', 'sign-in').stdout.strip()}"
        yield session


@pytest.fixture(scope="module")
def base_url(api: Api) -> str:
    return str(api.http.base_url).rstrip("/")


# --- generated requests -----------------------------------------------------------------------------------------------


def document_with(known: dict[str, list[Any]]) -> BaseSchema:
    """Return the document with known values for fields in which generated ones would always be refused as unknown."""
    known = known | {
        "body.since": ["2026-01-01T00:00:00Z"],
        "body.url": [f"https://example.com/{number}" for number in range(3)],
        "body.card.number": [*TEST_CARDS],
        "body.card.exp_year": [CARD["exp_year"]],
        "body.bank_account.routing_number": ["110000000"],
        "body.bank_account.account_number": ["000123456789"],
        "query.redirect_uri": ["https://example.com/connected"],
    }
    return schemathesis.openapi.from_dict(
        DOCUMENT,
        config=SchemathesisConfig.from_dict(
            {
                # Keys have their own test; with a wrong key no request passes the gateway.
                "generation": {"with-security-parameters": False},
                # A failure shows the request.
                "output": {"sanitization": {"enabled": False}, "truncation": {"enabled": False}},
                "dictionaries": {name: {"values": values} for name, values in known.items()},
                "parameters": {name: {"dictionary": name, "probability": 0.7} for name in known},
            }
        ),
    )


@pytest.fixture(scope="module")
def schema() -> BaseSchema:
    """Return the document, for operations that refer to no existing object."""
    return document_with({})


@pytest.fixture(scope="module")
def lasting(sandbox: Sandbox, api: Api) -> dict[str, list[Any]]:
    """Return ids of what no request changes or deletes: a request, an event, a delivery, and a settlement batch."""
    endpoints(api)
    request_id = lives(api)[1]
    sandbox.run("settlements", "run", "--now", "--wait")
    return {
        "path.token": [inbox_token(sandbox)],
        "path.action": ["fraud_warning"],
        "path.request_id": [request_id],
        "path.event_id": listed(api, "/events", "id"),
        "path.batch": listed(api, "/settlements", "batch"),
        "path.delivery_id": listed(api, "/webhooks/deliveries", "delivery_id"),
        "body.fault": [HARMLESS],
    }


@pytest.fixture
def schema_with_ids(address: Address, lasting: dict[str, list[Any]], api: Api) -> BaseSchema:
    """Return the document with ids of objects that exist.

    Those that requests use up, as a void does a payment, are new, so that the tests pass in any order.
    """
    return document_with(lasting | new_objects(address, api))


def new_objects(address: Address, api: Api) -> dict[str, list[Any]]:
    """Create the objects that an operation names in its path or its body, and return their ids."""
    named, known = names_in(address), dict[str, list[Any]]()
    if payment_names := named & {"path.transaction_id", "body.transaction_id", "body.auth_id"}:
        known |= dict.fromkeys(payment_names, lives(api)[0])
    if "path.object_id" in named:
        known["path.object_id"] = captured(api)
    if "path.dispute_id" in named:
        known["path.dispute_id"] = disputed(api)
    if named & {"path.customer_id", "body.customer_id"}:
        customer, disbursements = paid_out(api)
        known |= {"path.customer_id": [customer], "body.customer_id": [customer], "path.payment_id": disbursements}
    if address[1].startswith("/webhooks/endpoints") or "body.endpoint_id" in named:
        known |= dict.fromkeys(("path.endpoint_id", "body.endpoint_id"), endpoints(api))
    if "path.fault_id" in named:
        known["path.fault_id"] = [harmless_rule(api)]
    return known


def names_in(address: Address) -> set[str]:
    """Return the parameters of an operation's path, and the fields of its body, with their place before them."""
    operation = operation_at(address)
    names = {f"path.{one['name']}" for one in operation["parameters"] if one["in"] == "path"}
    for content in operation.get("requestBody", {"content": {}})["content"].values():
        shape = DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        names |= {f"body.{name}" for name in shape["properties"]}
    return names


# No shrinking: an answer depends on earlier requests. A failure shows its request as a curl command.
UNHURRIED: Final = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


HARMLESS: Final = "slow;ms=1"
"""A fault with which every request still gets its answer."""


def harmless_rule(api: Api) -> str:
    return api.post("/sandbox/faults", {"fault": HARMLESS}).raise_for_status().json()["fault_id"]


def withdraw_faults(api: Api) -> None:
    """Delete the rules that generated requests made: the document's own example slows down the requests that follow."""
    for rule in api.http.get("/sandbox/faults").raise_for_status().json()["data"]:
        api.http.delete(f"/sandbox/faults/{rule['fault_id']}").raise_for_status()


def lives(api: Api) -> tuple[list[str], str]:
    """Return ids of payments in several states (and of their captures), and of a request in the log."""
    approved, voided, half, captured, refunded, *spare = (api.authorize().json()["auth_id"] for _ in range(12))
    declined = api.authorize(card=CARD | {"number": INSUFFICIENT_FUNDS}).json()["auth_id"]
    api.void(voided)
    captures = [api.capture(half, amount=5_00), api.capture(captured), api.capture(refunded), api.capture(refunded)]
    api.refund(refunded)
    payments = [approved, voided, half, captured, refunded, declined, *spare]
    request_id = captures[0].headers["Request-Id"]
    until(lambda: api.http.get(f"/requests/{request_id}").is_success, "the request's log", patience_s=PATIENCE_S)
    return payments + [answer.json()["transaction_id"] for answer in captures[:3]], request_id


def captured(api: Api) -> list[str]:
    """Return ids of captured payments. Each can have one fraud warning."""
    return [api.authorize(capture_method="automatic").json()["auth_id"] for _ in range(12)]


def disputed(api: Api) -> list[str]:
    """Return ids of disputes that wait for evidence. Each can be accepted once."""
    payments = captured(api)
    for payment in payments:
        api.http.post(f"/sandbox/simulate/{payment}/dispute").raise_for_status()
    return [api.payment(payment)["dispute"]["dispute_id"] for payment in payments]


def paid_out(api: Api) -> tuple[str, list[str]]:
    """Return a new customer of a merchant with funds, and ids of disbursements that nobody claims."""
    api.post("/sandbox/fund", {"amount": 100_000_00, "currency": "USD"}).raise_for_status()
    body = {"customer_id": f"contract-{uuid.uuid4().hex}", "email": "unclaimed@example.com"}
    api.http.post("/v1/api/customer", json=body).raise_for_status()
    made = [api.http.post("/v1/api/payment", json=body | {"amount": 10_00, "currency": "USD"}) for _ in range(12)]
    return body["customer_id"], [answer.raise_for_status().json()["payment_id"] for answer in made]


def inbox_token(sandbox: Sandbox) -> str:
    """Return the token of an inbox whose answer no generated request changes: it answers 200."""
    key = sandbox.json("keys", "create", "--merchant", "contract-inbox", "--plan", "load")["api_key"]
    with Api(sandbox.base_url, key) as its_merchant:
        return its_merchant.http.get("/sandbox/inbox").raise_for_status().json()["url"].rpartition("/")[2]


def endpoints(api: Api) -> list[str]:
    """Replace the merchant's webhook endpoints, and return their ids: fewer than the limit, so that more fit."""
    for one in api.http.get("/webhooks/endpoints").raise_for_status().json()["data"]:
        api.http.delete(f"/webhooks/endpoints/{one['endpoint_id']}").raise_for_status()
    asks = [{"url": f"https://example.com/{number}", "events": ["*"]} for number in range(5)]
    return [api.post("/webhooks/endpoints", ask).raise_for_status().json()["endpoint_id"] for ask in asks]


def listed(api: Api, path: str, name: str) -> list[str]:
    """Wait for objects that result from payments, and return their ids."""
    return until(
        lambda: [one[name] for one in api.http.get(path).raise_for_status().json()["data"]],
        f"the first entry of {path}",
        patience_s=PATIENCE_S,
    )


def modes(operation: Operation) -> list[GenerationMode]:
    """Return the generation modes: valid, and invalid where possible. Any text is valid as a path parameter."""
    can_be_wrong = "requestBody" in operation or any(one["in"] != "path" for one in operation["parameters"])
    return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if can_be_wrong else [GenerationMode.POSITIVE]


Parameters = dict[str, list[str]]


def parameters_beside(operation: Operation) -> st.SearchStrategy[Parameters]:
    """Generate undocumented parameters, once or twice each, for operations that read none. Half of the requests have
    none, so that valid ones are accepted."""
    if any(one["in"] == "query" for one in operation["parameters"]):
        return st.just({})
    several = st.lists(st.text(max_size=20), min_size=1, max_size=2)
    return st.just({}) | st.dictionaries(st.text(min_size=1, max_size=8), several, min_size=1, max_size=3)


def checks_of(mode: GenerationMode, operation: Operation) -> list[CheckFunction]:
    if operation["operationId"] == "simulate_action":
        return ALWAYS  # its parameters depend on the action in the path, which a document cannot say
    if mode is GenerationMode.POSITIVE:
        return [*ALWAYS, form_is_accepted]
    # Query values are sent as text, so a value generated as invalid may become valid.
    return [*ALWAYS, invalid_data_is_refused] if "requestBody" in operation else ALWAYS


@pytest.mark.full
@every_operation
@pytest.mark.parametrize("cases", [CASES, pytest.param(MANY_CASES, marks=pytest.mark.soak)])
def test_any_request(
    address: Address,
    schema: BaseSchema,
    schema_with_ids: BaseSchema,
    http: requests.Session,
    api: Api,
    base_url: str,
    cases: int,
) -> None:
    # A customer that exists is refused.
    of = schema if address == NEW_CUSTOMER else schema_with_ids
    try:
        whatever_is_sent(address, of, http, base_url, cases=cases)
    finally:
        if address == NEW_FAULT:
            withdraw_faults(api)


def whatever_is_sent(
    address: Address, schema: BaseSchema, http: requests.Session, base_url: str, *, cases: int
) -> None:
    """Send valid and invalid requests generated from the document, and check each answer against it."""
    operation = operation_at(address)
    seen: Counter[int] = Counter()

    def send(case: Case, beside: Parameters, checks: list[CheckFunction]) -> None:
        case.query = {**case.query, **beside}
        if beside and operation.get("security"):
            # Refused, except on public routes, whose links people share with more parameters.
            checks = [check for check in checks if check is not form_is_accepted]
        answer = case.call(base_url, session=http, timeout=TIMEOUT_S)
        if answer.status_code != 414:  # of the server, which is no operation's: a generated query can be of any length
            case.validate_response(answer, checks=checks)
        seen[answer.status_code] += 1

    def generate(mode: GenerationMode, examples: int) -> None:
        made = schema[address[1]][address[0]].as_strategy(generation_mode=mode)
        unhurried, sent_before = settings(UNHURRIED, max_examples=examples), seen.total()
        unhurried(given(made, parameters_beside(operation), st.just(checks_of(mode, operation)))(send))()
        there_are = valid_requests(operation) if mode is GenerationMode.POSITIVE else math.inf
        assert seen.total() - sent_before >= min(examples, there_are)

    kinds = modes(operation)
    for mode in kinds:
        generate(mode, cases // len(kinds))
    # Refusals alone would leave the shape of a successful answer untested.
    if address in (*SIGNED, *OF_OPERATORS) or has_a_secret_path(address):
        return
    for more in UNTIL_ONE_SUCCEEDS:
        if seen[200] + seen[202] == 0:
            generate(GenerationMode.POSITIVE, more)
    assert seen[200] + seen[202] > 0, seen


def valid_requests(operation: Operation) -> float:
    """Return how many valid requests of an operation differ, if its parameters only have listed values."""
    values = [one["schema"].get("enum") for one in operation["parameters"] if one["in"] != "header"]
    if "requestBody" in operation or not values or not all(values):
        return math.inf
    return math.prod(len(listed) for listed in values)


def has_a_secret_path(address: Address) -> bool:
    """Whether an operation's URL is its own key, as that of a challenge's page. test_challenge.py opens it."""
    return "{token}" in address[1]


# --- explicit faults --------------------------------------------------------------------------------------------------


def example(schema: BaseSchema, address: Address) -> Case:
    """Return an operation's request from the document's own example."""
    method, path = address
    operation = operation_at(address)
    given, query = (
        {one["name"]: one["example"] for one in operation["parameters"] if one["in"] == place and "example" in one}
        for place in ("path", "query")
    )
    if "requestBody" not in operation:
        return schema[path][method].Case(path_parameters=given, query=query)
    ((media_type, content),) = operation["requestBody"]["content"].items()
    body = next(iter(content["examples"].values()))["value"]
    key = {"X-Idempotency-Key": str(uuid.uuid4())}
    return schema[path][method].Case(path_parameters=given, headers=key, body=body, media_type=media_type)


KEYS: Final = (None, "", "nonsense", "sk_test_demo_abcdefghijklmnopqrstuvwxyz234567")
OTHER_TYPES: Final = (
    "text/json",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/jsonl",
    "application/problem+json",
    "application/octet-stream",
    "multipart/form-data; boundary=x",
    "text/plain; charset=utf-8",
    "*/*",
    "json",
)


def each_once(addresses: Iterable[Address], values: Iterable[Any], kind: Callable[[Address], Any]) -> list[Any]:
    """Return rows for parametrize: the first value for every operation, and all values for the first of each kind."""
    first, *others = values
    every = list(addresses)
    is_first = first_of_each(every, by=kind)
    return [(address, first) for address in every] + [
        (address, value) for address in every if is_first(address) for value in others
    ]


@pytest.mark.full
@pytest.mark.parametrize(
    "address, key",
    each_once(ADDRESSES, KEYS, kind=lambda address: str(operation_at(address)["security"])),
)
def test_missing_and_invalid_keys(address: Address, key: str | None, schema: BaseSchema, base_url: str) -> None:
    case = example(schema, address)
    answer = case.call(base_url, headers={} if key is None else {"X-Api-Key": key}, timeout=TIMEOUT_S)
    case.validate_response(answer, checks=ALWAYS)
    refused = {"ApiKey": (401, "api_key_invalid"), "Donor": (401, "token_invalid")}
    if has_a_secret_path(address):
        assert (answer.status_code, answer.json()["code"]) == (404, "resource_not_found")
    elif address in SIGNED:
        assert (answer.status_code, answer.json()["code"]) == (400, "signature_invalid")
    elif needed := [name for one in operation_at(address)["security"] for name in one]:
        assert (answer.status_code, answer.json()["code"]) == refused[needed[0]]
    else:
        assert answer.status_code == 200


@pytest.mark.full
@pytest.mark.parametrize(
    "address, content_type",
    each_once(
        [one for one in WITH_BODY if one not in OF_OPERATORS],
        OTHER_TYPES,
        kind=lambda address: str([*operation_at(address)["requestBody"]["content"]]),
    ),
)
def test_a_wrong_content_type(
    address: Address, content_type: str, schema: BaseSchema, http: requests.Session, base_url: str
) -> None:
    case = example(schema, address)
    answer = case.call(base_url, session=http, headers={"Content-Type": content_type}, timeout=TIMEOUT_S)
    case.validate_response(answer, checks=ALWAYS)
    is_its_own = content_type in operation_at(address)["requestBody"]["content"]
    expected = (404, "resource_not_found") if is_its_own else (415, "media_type_unsupported")
    assert (answer.status_code, answer.json()["code"]) == expected


# One on every path, and all of them on two.
@pytest.mark.parametrize(
    "method, path",
    dict.fromkeys(
        [*filter(first_of_each(UNKNOWN, by=lambda one: one[1]), UNKNOWN)]
        + [one for one in UNKNOWN if one[1] in {AUTHORIZE[1], "/payments"}]
    ),
)
def test_a_wrong_method(method: str, path: str, schema: BaseSchema, http: requests.Session, base_url: str) -> None:
    """The answer is a problem as documented, though no operation documents it."""
    known = next(one for one in ADDRESSES if one[1] == path)
    answer = http.request(method, base_url + example(schema, known).formatted_path, timeout=TIMEOUT_S)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM)
    shape = {"$ref": "#/components/schemas/Problem", "components": DOCUMENT["components"]}
    Draft202012Validator(shape).validate(answer.json())
    assert (answer.json()["status"], answer.json()["code"]) == (404, "resource_not_found")


# --- the checks themselves --------------------------------------------------------------------------------------------

# Changes to the document after which an answer no longer conforms to it.
SPOILT: Final[dict[str, Callable[[Operation], Any]]] = {
    "no such status": lambda operation: operation["responses"].pop("404"),
    "no such code": lambda operation: operation["responses"]["404"]["content"][PROBLEM]["examples"].clear(),
    "another content type": lambda operation: operation["responses"]["404"].update(content={"text/plain": {}}),
    "another shape": lambda operation: operation["responses"]["404"]["content"][PROBLEM].update(
        schema={"type": "object", "required": ["apology"]}
    ),
    "another header": lambda operation: operation["responses"]["404"].update(
        headers={"X-Apology": {"required": True, "schema": {"type": "string"}}}
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_checks_detect_violations(how: str, http: requests.Session, base_url: str) -> None:
    address = ("GET", "/payments/{transaction_id}")
    spoilt = copy.deepcopy(DOCUMENT)
    SPOILT[how](spoilt["paths"][address[1]]["get"])
    case = example(schemathesis.openapi.from_dict(spoilt), address)
    answer = case.call(base_url, session=http, timeout=TIMEOUT_S)
    assert answer.status_code == 404
    with pytest.raises(FailureGroup):
        case.validate_response(answer, checks=ALWAYS)
