"""Least privilege at run time: each function's role suffices for its work and allows nothing else.

The shared sandbox is restarted with an engine that enforces IAM policies, on the stacks deployed before. Under
enforcement nothing can be deployed, since CDK's bucket refuses requests without TLS, and the engine has no TLS.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import botocore.session
import httpx
import pytest
import stripe
from botocore.config import Config
from botocore.exceptions import ClientError

from cli.connection.target import Target
from cli.sandbox import engine
from cli.state.state_dir import StateDir
from engine import lane
from engine.corrections.batch_actions import ACTIONS as ACTIONS_OF_BATCHES
from engine.wall.access_key import AccessKey
from engine.wall.execution_keys import execution_credentials
from paysandbox.inbox.message import SHOWN
from paysandbox.stripe_api.objects.expand import grants_to_expand
from paysandbox.stripe_api.routes import ROUTES as STRIPE_ROUTES
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.e2e.conftest import Sandbox, running
from tests.e2e.test_requests import shown
from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.clients.stripe_sdk_calls import opened, refused
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until
from tests.support.worlds.probe_function import probe

QUEUES = (
    "due-timers",
    "events-to-plan",
    "deliveries",
    "suspects",
    "dead-deliveries",
    "donation-payments",
    "donation-payments-dead",
    "donation-notifications",
    "donation-notifications-dead",
)
# The first test includes a restart of the sandbox and the first start of every function.
pytestmark = [pytest.mark.full, pytest.mark.timeout(240)]

PEPPER = "/paysandbox/local/pepper"
LEDGER = "paysandbox-local-PaymentsLedger"

# The trail records operations, except those of SNS.
AS_RIGHTS = ACTIONS_OF_BATCHES | {
    "sns:POST.sns": "sns:Publish",
    "lambda:Invoke": "lambda:InvokeFunction",
}

# Not a right by itself: the engine checks the right to each write in it, which the trail does not record.
TRANSACTION = "dynamodb:TransactWriteItems"
OF_TRANSACTIONS = frozenset(f"dynamodb:{write}Item" for write in ("ConditionCheck", "Delete", "Put", "Update"))

# The engine's trail tells GETs of a bucket by their path alone.
GET_OF_BUCKET = "s3:ListObjects"
GETS_OF_BUCKETS = frozenset({"s3:GetBucketTagging", "s3:ListBucket"})

# The engine does not check rights to write logs or traces, or to use a KMS key.
UNSEEN = ("logs:", "xray:", "kms:")


@dataclass(frozen=True)
class Function:
    """A deployed function, and its role's rights that the engine can check."""

    name: str
    arn: str
    role: str
    granted: frozenset[str]

    def __str__(self) -> str:
        return self.name

    def access_key_id(self, key: AccessKey) -> str:
        """Return the id of the function's session, derived from the sandbox's own access key."""
        credentials_of = execution_credentials(key, auth=True, register_session=lambda *_: None)
        return credentials_of({"FunctionArn": self.arn, "Role": self.role})["AWS_ACCESS_KEY_ID"]


@pytest.fixture(scope="module", params=["lane", lane.BY_HTTP])
def way(request: pytest.FixtureRequest) -> str:
    """Return how functions call AWS: over their lanes or over HTTP."""
    return request.param


@pytest.fixture(scope="module")
def sandbox(way: str, deployed: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Provide the shared sandbox, running, or for the second way one of this file only."""
    if way == lane.BY_HTTP:
        with running(tmp_path_factory.mktemp(way) / "home") as own:
            yield own
        return
    if engine.running(StateDir(deployed.home)) is None:
        deployed.up()
    yield deployed


@pytest.fixture(scope="module")
def strict(way: str, sandbox: Sandbox) -> Iterator[Target]:
    """Provide the sandbox with policies enforced and every allowed call recorded. It is left stopped."""
    target = sandbox.target
    for queue in ("publish_event-parked", *QUEUES):
        open_to_http(target, f"paysandbox-local-{queue}")
    open_topic_to_http(target, "paysandbox-local-WebhookTopic")
    open_bucket_to_http(target)
    open_mail_to_any_sender(target)
    sandbox.run("down")
    try:
        sandbox.run("up", "--port", str(sandbox.port), PAYSANDBOX_AUTH="1", PAYSANDBOX_FUNCTION_CALLS=way)
        note = {"cloudtrail._recording_enabled": "true"}
        target.ask_engine("POST", "/_ministack/config", json.dumps(note).encode())
        yield target
    finally:
        sandbox.run("down")


def open_to_http(target: Target, queue: str) -> None:
    """Remove the TLS-only statement from the queue's policy: the engine has no TLS. All else stays, roles included."""
    sqs = target.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": without_refusals(policy)})


def open_topic_to_http(target: Target, topic: str) -> None:
    """Do the same for the topic."""
    sns = target.client("sns")
    (arn,) = (one["TopicArn"] for one in sns.list_topics()["Topics"] if one["TopicArn"].endswith(f":{topic}"))
    policy = sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=without_refusals(policy))


def open_bucket_to_http(target: Target) -> None:
    """Do the same for the bucket of reports."""
    s3 = target.client("s3")
    (name,) = (one["Name"] for one in s3.list_buckets()["Buckets"] if one["Name"].startswith("paysandbox-local-"))
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=name)["Policy"]
    s3.delete_bucket_policy(Bucket=name)


def open_mail_to_any_sender(target: Target) -> None:
    """Allow receipts under any identity: the engine does not resolve a mail's identity, and checks against `*`."""
    role = target.client("lambda").get_function_configuration(FunctionName="paysandbox-local-send_receipts")["Role"]
    iam, name = target.client("iam"), role.rpartition("/")[2]
    statements = [
        one
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        for one in iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
        if one["Action"] == "ses:SendEmail"
    ]
    assert statements, "it may send receipts"
    assert not [one for one in statements if one["Resource"] == "*"]
    allowed = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=name, PolicyName="of-the-engine", PolicyDocument=document)


def without_refusals(policy: str) -> str:
    whole = json.loads(policy)
    assert "aws:SecureTransport" in policy
    allowing = [statement for statement in whole["Statement"] if statement["Effect"] == "Allow"]
    return json.dumps(whole | {"Statement": allowing}) if allowing else ""


@pytest.fixture(scope="module")
def functions(strict: Target) -> list[Function]:
    pages = strict.client("lambda").get_paginator("list_functions").paginate()
    found = [function for page in pages for function in page["Functions"]]
    return [
        Function(
            function["FunctionName"].removeprefix("paysandbox-local-"),
            function["FunctionArn"],
            function["Role"],
            granted(strict, function["Role"].rpartition("/")[2]),
        )
        for function in found
        if function["FunctionName"].startswith("paysandbox-local-")
    ]


def granted(target: Target, role: str) -> frozenset[str]:
    iam = target.client("iam")
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    actions = [statement["Action"] for document in documents for statement in document["Statement"]]
    each = [action for some in actions for action in ([some] if isinstance(some, str) else some)]
    return frozenset(action for action in each if not action.startswith(UNSEEN))


# --- allowed calls ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worked(sandbox: Sandbox, strict: Target, api: Api) -> None:
    """Call every function: a payment's life, lists, the request log, the reference pages, the pepper."""
    auth_id = api.authorize(10_00, key="of a life").json()["auth_id"]
    api.increment(auth_id, 1_00).raise_for_status()
    first = api.capture(auth_id, amount=4_00).raise_for_status().json()
    api.void(auth_id).raise_for_status()
    refused = api.refund(first["transaction_id"], amount=5_00)
    assert refused.status_code == 409
    api.refund(first["transaction_id"]).raise_for_status()
    assert api.payment(auth_id)["status"] == "refunded"
    assert api.http.get(f"/payments/{auth_id}/postings").raise_for_status().json()["data"]
    assert auth_id in api.http.get("/payments").raise_for_status().text
    assert shown(api, refused.headers["Request-Id"])["code"] == "refund_exceeds_captured"
    paths = (
        "/requests",
        "/feed",
        "/health",
        "/docs",
        "/docs/pages.js",
        "/docs/errors",
        "/docs/errors/rate_limited",
        "/openapi.json",
        "/postman.json",
        "/llms.txt",
        "/llms-full.txt",
    )
    for path in paths:
        api.http.get(path).raise_for_status()
    assert api.http.options("/payments").status_code == 204
    make_pepper_again(strict)
    leave_the_reports(strict)
    park_a_record(strict)
    exercise_webhooks(strict, api)
    inject_faults(api)
    by_stripes_sdk(sandbox, api)
    settle(sandbox, strict, api)
    donate(sandbox, strict)
    pay_out(strict, api)
    pay_by_ach(sandbox, api)
    correct_by_simulation(api)
    move_the_clock(sandbox, api)
    assert sandbox.json("audit")["sound"]


def inject_faults(api: Api) -> None:
    """Inject faults by a rule and by metadata, before an operation and after it."""

    def authorize(key: str, **more: Any) -> int:
        card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040}
        body = {"amount": 5_00, "card": card, **more}
        return api.http.post("/payments/authorize", json=body, headers={"Idempotency-Key": key}).status_code

    rule = {"fault": "gateway_5xx", "match": {"route": "authorize_payment"}}
    made = api.http.post("/sandbox/faults", json=rule).raise_for_status().json()["fault_id"]
    assert [authorize(key) for key in ("hit", "missed")] == [502, 200]
    for fault, status in (("fail_before_commit", 503), ("gateway_5xx", 502)):
        assert authorize(fault, metadata={"sandbox_fault": fault}) == status
    for path in ("/sandbox/faults", "/sandbox/faults/log"):
        api.http.get(path).raise_for_status()
    api.http.delete(f"/sandbox/faults/{made}").raise_for_status()


def move_the_clock(sandbox: Sandbox, api: Api) -> None:
    """Advance the clock over HTTP, and reset it: one item, and the sweeps."""
    api.http.get("/sandbox/clock").raise_for_status()
    operator = sandbox.json("keys", "create", "--operator")
    with httpx.Client(base_url=sandbox.base_url, headers={"X-Api-Key": operator["operator_key"]}, timeout=90) as client:
        try:
            moved = client.post("/sandbox/clock", json={"advance_s": 60}).raise_for_status().json()
            assert (moved["offset_s"], moved["unfinished"]) == (60, [])
        finally:
            client.post("/sandbox/clock", json={"reset": True}).raise_for_status()
    sandbox.run("keys", "revoke", operator["key_id"])


def pay_out(target: Target, api: Api) -> None:
    """Pay out to a customer, with every route, and cancel a disbursement that nobody claimed."""
    customer = {"customer_id": "unixuser1", "email": "jane@example.com"}
    api.http.post("/v1/api/customer", json=customer).raise_for_status()
    api.http.put("/v1/api/customer/unixuser1", json={"email": customer["email"], "name": "Jane"}).raise_for_status()
    assert api.http.get("/v1/api/customer/unixuser1").raise_for_status().json()["name"] == "Jane"
    api.http.get("/v1/api/customer").raise_for_status()
    api.post("/sandbox/fund", {"amount": 100_00, "currency": "USD"}).raise_for_status()
    paid = paid_out_as(api, customer, "paid")
    unclaimed = paid_out_as(api, customer | {"email": "unclaimed@example.com"}, "unclaimed")
    api.http.post(f"{unclaimed}/cancel").raise_for_status()
    until(lambda: api.http.get(unclaimed).json()["status"] == "canceled", "the cancellation")
    simulated = paid.rpartition("/")[2]
    api.http.get(f"/sandbox/simulate/{simulated}").raise_for_status()
    api.http.post(f"/sandbox/simulate/{simulated}/reverse").raise_for_status()
    for path in (
        *("/sandbox/fund", "/balance", "/balance/transactions"),
        *("/v1/api/payment", "/v1/api/payment/unixuser1"),
    ):
        api.http.get(path).raise_for_status()
    for worker in ("sweep_disbursements", "write_paypal_statement"):
        target.client("lambda").invoke(FunctionName=f"paysandbox-local-{worker}", Payload=b"{}")


def pay_by_ach(sandbox: Sandbox, api: Api) -> None:
    """Pay by ACH to an account that the bank corrects, and to one that is unclaimed, which is canceled."""
    made: dict[str, str] = {}
    for end in ("801", "902"):
        customer = with_bank_account(api, end)
        body = customer | {"amount": 10_00, "currency": "USD", "payment_method": "ach"}
        payment_id = api.post("/v1/api/payment", body).raise_for_status().json()["payment_id"]
        made[end] = f"/v1/api/payment/{customer['customer_id']}/{payment_id}"
        until(lambda path=made[end]: "effective_date" in api.http.get(path).json(), "its file")
    try:
        expected_by = api.http.get(made["801"]).json()["administrative_returns_expected_by"]
        sandbox.json("clock", "advance", "--to", f"{expected_by[:10]}T15:00:00Z")
        until(lambda: api.http.get(made["801"]).json()["status"] == "paid", "the settlement")
        known = "/v1/api/customer/by-ach-801"
        until(lambda: api.http.get(known).json()["bank_account"]["last4"] == "6789", "the correction")
        until(lambda: api.http.get(made["902"]).json()["status"] == "unclaimed", "the acknowledgement")
        api.http.post(f"{made['902']}/cancel").raise_for_status()
        until(lambda: api.http.get(made["902"]).json()["status"] == "canceled", "the cancellation")
    finally:
        sandbox.json("clock", "reset")


def with_bank_account(api: Api, end: str) -> dict[str, str]:
    """Create a customer with the published bank account that ends like this, and return its ID and address."""
    customer = {"customer_id": f"by-ach-{end}", "email": "jane@example.com"}
    account = {
        "routing_number": "110000000",
        "account_number": f"000123456{end}",
        "account_type": "checking",
        "account_holder_name": "Jane Doe",
    }
    api.http.post("/v1/api/customer", json={**customer, "bank_account": account}).raise_for_status()
    return customer


def correct_by_simulation(api: Api) -> None:
    """Let the bank correct the account of a disbursement that was simulated to be paid."""
    body = with_bank_account(api, "802") | {"amount": 10_00, "currency": "USD", "payment_method": "ach"}
    paid = {"X-Sandbox-Outcome": "payout=pay"}
    made = api.http.post("/v1/api/payment", json=body, headers=paid).raise_for_status().json()
    path = f"/v1/api/payment/{made['customer_id']}/{made['payment_id']}"
    until(lambda: api.http.get(path).json()["status"] == "paid", "the payment")
    api.http.post(f"/sandbox/simulate/{made['payment_id']}/correct", json={"code": "C02"}).raise_for_status()
    known = api.http.get("/v1/api/customer/by-ach-802").json()
    assert known["bank_account"]["routing_number"] == "101050001"


def paid_out_as(api: Api, customer: dict[str, str], status: str) -> str:
    """Pay 10.00 out, wait until it has this status, and return its path."""
    body = customer | {"amount": 10_00, "currency": "USD"}
    made = api.post("/v1/api/payment", body).raise_for_status().json()
    path = f"/v1/api/payment/{made['customer_id']}/{made['payment_id']}"
    until(lambda: api.http.get(path).json()["status"] == status, f"{path} {status}")
    return path


def by_stripes_sdk(sandbox: Sandbox, api: Api) -> None:
    """Run the life of an intent and of an endpoint through Stripe's SDK, with every list and retrieval."""
    with sdk_on(sandbox.base_url, api.api_key) as client, receiver() as shop:
        v1: Any = client.v1
        made = v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["payment_intent.created"]})
        v1.webhook_endpoints.update(made.id, {"description": "watched"})
        assert [one.id for one in v1.webhook_endpoints.list()] == [v1.webhook_endpoints.retrieve(made.id).id]
        method = v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id
        assert v1.payment_methods.retrieve(method).card.last4 == "4242"
        card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
        token = v1.tokens.create({"card": card}).id
        held = v1.charges.create({"amount": 10_00, "currency": "usd", "source": token, "capture": False}).id
        assert v1.tokens.retrieve(token).used
        assert v1.charges.capture(held, {"receipt_email": "jenny@example.com"}).captured
        token = v1.tokens.create({"card": card}).id
        assert v1.payment_methods.create({"type": "card", "card": {"token": token}}).card.last4 == "4242"
        confirming = v1.test_helpers.confirmation_tokens.create({"payment_method": "pm_card_visa"}).id
        v1.setup_intents.create({"confirm": True, "confirmation_token": confirming})
        assert v1.confirmation_tokens.retrieve(confirming).setup_intent
        limits = {"currency": "usd", "max_amount": 25_00}
        granted = "/v1/test_helpers/shared_payment/granted_tokens"
        raw: Any = client.raw_request
        shared = raw("post", granted, payment_method="pm_card_visa", usage_limits=limits).data["id"]
        v1.payment_intents.create(
            {"amount": 10_00, "currency": "usd", "confirm": True, "shared_payment_granted_token": shared}
        )
        raw("post", f"{granted}/{shared}/revoke")
        assert raw("get", f"/v1/shared_payment/granted_tokens/{shared}").data["deactivated_at"]
        intent = opened(client, capture_method="manual").id
        v1.payment_intents.update(intent, {"payment_method": method})
        v1.payment_intents.confirm(intent)
        charge = v1.payment_intents.capture(intent).latest_charge
        refund = v1.refunds.create({"charge": charge}).id
        v1.payment_intents.cancel(opened(client).id)
        assert v1.charges.retrieve(charge).refunded
        assert v1.refunds.retrieve(refund).amount == v1.payment_intents.retrieve(intent).amount
        moved = v1.charges.retrieve(charge, {"expand": ["balance_transaction"]}).balance_transaction
        assert v1.balance_transactions.retrieve(moved.id, {"expand": ["source.customer"]}).source.id == charge
        assert v1.balance_transactions.list({"source": charge}).data[0].id == moved.id
        until(lambda: v1.balance_transactions.list({"type": "charge"}).data, "the charge in the list of what moved")
        assert "po_" in str(refused(lambda: v1.balance_transactions.list({"payout": "po_" + "a" * 26})))
        assert v1.balance.retrieve().pending[0].currency == "usd"
        assert charge in [one.id for one in v1.charges.list()]
        assert intent in [one.id for one in v1.payment_intents.list()]
        assert charge in [one.id for one in v1.charges.search({"query": "refunded:'true'"})]
        assert intent in [one.id for one in v1.payment_intents.search({"query": "amount>1"})]
        assert "customer" in str(refused(lambda: v1.payment_methods.update(method, {"metadata": {"a": "1"}})))
        assert shop.wait_for(1)
        event = until(lambda: v1.events.list({"type": "payment_intent.created"}).data, "the event in its list")[0]
        assert v1.events.retrieve(event.id).type == event.type
        until(lambda: v1.refunds.list().data, "the refund in its list")
        product = v1.products.create({"name": "Gold"}).id
        v1.products.update(product, {"description": "new"})
        assert v1.products.retrieve(product).description == "new"
        until(lambda: product in [one.id for one in v1.products.list()], "the product in its list")
        price = v1.prices.create({"currency": "usd", "unit_amount": 5_00, "product_data": {"name": "Gold"}})
        v1.products.update(price.product, {"default_price": price.id})
        key = {"lookup_key": "gold", "transfer_lookup_key": True}
        assert v1.prices.update(price.id, {**key, "expand": ["product"]}).product.default_price == price.id
        assert v1.prices.retrieve(price.id).lookup_key == "gold"
        until(lambda: v1.prices.list({"lookup_keys": ["gold"]}).data, "the price in its list")
        assert price.product in [one.id for one in v1.products.search({"query": "name:'gold'"})]
        assert price.id in [one.id for one in v1.prices.search({"query": "lookup_key:'gold'"})]
        until(lambda: v1.events.list({"type": "price.updated"}).data, "the price's event")
        assert v1.products.features.list(product).data == []
        v1.products.delete(product)
        keep_discounts(v1)
        bill(v1)
        sell_by_checkout(v1)
        customer = v1.customers.create({"email": "jenny@example.com"}).id
        v1.customers.update(customer, {"name": "Jenny Rosen"})
        assert v1.customers.retrieve(customer).name == "Jenny Rosen"
        until(lambda: v1.customers.list({"email": "jenny@example.com"}).data, "the customer in its list")
        assert customer in [one.id for one in v1.customers.search({"query": "email:'jenny@example.com'"})]
        paid = opened(client, customer=customer, confirm=True, payment_method="pm_card_visa", expand=["customer"])
        assert paid.customer.name == "Jenny Rosen"
        other = opened(client).id
        assert v1.payment_intents.update(other, {"customer": customer}).customer == customer
        until(lambda: v1.charges.list({"customer": customer, "expand": ["data.customer"]}).data, "the charge")
        until(lambda: len(v1.payment_intents.list({"customer": customer}).data) == 2, "the intents in their list")
        refund = v1.refunds.create({"payment_intent": paid.id, "expand": ["charge.customer"]})
        assert refund.charge.customer.id == v1.refunds.retrieve(refund.id, {"expand": ["customer"]}).customer.id
        save_cards(v1, customer)
        shown = {"components": {"buy_button": {"enabled": True}}, "expand": ["customer"]}
        assert v1.customer_sessions.create({"customer": customer, **shown}).customer.id == customer
        save_tax_ids(v1)
        connect_account(v1)
        api.post("/sandbox/fund", {"amount": 12_00, "currency": "USD"}).raise_for_status()
        send_funds(v1, api)
        expand_everything(v1, customer)
        pay_out_funds(v1)
        save_by_number(client, customer)
        save_sources(v1, v1.tokens.create({"card": card}).id, v1.tokens.create({"card": card}).id)
        save_source_objects(v1, card)
        made_of = v1.ephemeral_keys.create({"customer": customer}, {"stripe_version": STRIPE_VERSION})
        with sdk_on(sandbox.base_url, made_of.secret) as mobile:
            save_card_by_ephemeral_key(
                mobile.v1, customer, v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id
            )
        assert v1.ephemeral_keys.delete(made_of.id).id == made_of.id
        v1.customers.delete(customer)
        assert v1.customers.retrieve(customer).deleted
        v1.webhook_endpoints.delete(made.id)


def send_funds(v1: Any, api: Api) -> None:
    """Send a part of a charge, and funds, to a connected account, take a part of each back, and read its balance."""
    account = v1.accounts.create({"capabilities": {"transfers": {"requested": True}}}).id
    charge = v1.charges.create({"amount": 10_00, "currency": "usd", "source": "tok_visa"}).id
    body = {"amount": 10_00, "currency": "usd", "destination": account, "source_transaction": charge}
    transfer = v1.transfers.create(body).id
    back = v1.transfers.reversals.create(transfer, {"amount": 1_00, "expand": ["transfer"]})
    assert back.transfer.amount_reversed == 1_00
    assert v1.transfers.reversals.update(transfer, back.id, {"metadata": {"a": "1"}}).metadata["a"] == "1"
    assert v1.transfers.reversals.retrieve(transfer, back.id, {"expand": ["transfer"]}).transfer.id == transfer
    assert len(v1.transfers.reversals.list(transfer, {"expand": ["data.transfer"]}).data) == 1
    assert v1.transfers.update(transfer, {"description": "May"}).description == "May"
    until(lambda: v1.transfers.list({"destination": account}).data, "the transfer in its list")
    payment = v1.transfers.retrieve(transfer, {"expand": ["balance_transaction", "destination_payment.refunds"]})
    assert not payment.reversed
    assert payment.balance_transaction.source == transfer
    of_account = {"stripe_account": account}
    got = v1.charges.retrieve(payment.destination_payment.id, {"expand": ["balance_transaction"]}, of_account)
    assert got.balance_transaction.source == got.id
    assert v1.refunds.retrieve(back.destination_payment_refund, None, of_account).charge == got.id
    for source in (transfer, back.id):
        assert v1.balance_transactions.list({"source": source}).data[0].source == source
    assert v1.balance_transactions.list({"source": got.id}, of_account).data[0].source == got.id
    of_funds = v1.transfers.create({"amount": 2_00, "currency": "usd", "destination": account}).id
    assert v1.transfers.reversals.create(of_funds, {"amount": 1_00}).amount == 1_00
    for path in ("/balance", "/balance/transactions"):
        assert api.http.get(path, params={"account": account}).raise_for_status().json()["data"]
    assert "acct_" in str(refused(lambda: v1.transfers.create({**body, "destination": "acct_" + "a" * 16})))


def expand_everything(v1: Any, customer: str) -> None:
    """Expand objects of each table, as deep as Stripe does, in an answer of each function that can."""
    account = v1.accounts.create({"capabilities": {"transfers": {"requested": True}}}).id
    shared = {"transfer_data": {"destination": account}, "application_fee_amount": 1_00, "on_behalf_of": account}
    sale = {"amount": 10_00, "currency": "usd", "customer": customer, "capture_method": "automatic", **shared}
    intent = v1.payment_intents.create({**sale, "expand": ["customer", "on_behalf_of"]}).id
    of_charge = ("customer", "application_fee.charge", "balance_transaction.source", "transfer.source_transaction")
    within = {"expand": [f"latest_charge.{path}" for path in of_charge]}
    paid = v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa", **within}).latest_charge
    charge, transfer, fee = paid.id, paid.transfer.id, paid.application_fee.id
    setup = {"customer": customer, "payment_method": "pm_card_visa", "confirm": True}
    setup_paths = {"expand": ["customer", "latest_attempt.payment_method", "payment_method.customer"]}
    saved = v1.setup_intents.create({**setup, **setup_paths}).payment_method.id
    opened_setup = v1.setup_intents.create({"customer": customer}).id
    card = v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}, "expand": ["customer"]}).id
    alone = v1.charges.create({"amount": 10_00, "currency": "usd", "source": "tok_visa"}).id
    to_account = {"amount": 1_00, "currency": "usd", "destination": account, "source_transaction": alone}
    deep = ["source_transaction.balance_transaction.source.customer"]
    expanded: dict[str, Callable[[], Any]] = {
        "change_stripe_payments": lambda: (
            v1.refunds.create(
                {"charge": charge, "amount": 1_00, "expand": [f"charge.{path}" for path in of_charge]}
            ).charge.application_fee.charge.id
        ),
        "change_payment_methods": lambda: (
            v1.payment_methods.attach(card, {"customer": customer, "expand": ["customer"]}) and charge
        ),
        "confirm_payment_intent": lambda: paid.balance_transaction.source.id,
        "confirm_setup_intent": lambda: (
            v1.setup_intents.confirm(
                opened_setup, {"payment_method": "pm_card_visa", **setup_paths}
            ).latest_attempt.payment_method.id
            and charge
        ),
        "create_stripe_subscriptions": lambda: (
            subscribe(v1).latest_invoice.payments.data[0].payment.payment_intent.id and charge
        ),
        "get_payment_intent": lambda: (
            v1.payment_intents.retrieve(intent, within).latest_charge.transfer.source_transaction.id
        ),
        "get_setup_intent": lambda: v1.setup_intents.retrieve(opened_setup, setup_paths).customer.id and charge,
        "manage_stripe_objects": lambda: (
            v1.payment_methods.retrieve(saved, {"expand": ["customer"]}).customer.id == customer and charge
        ),
        "move_stripe_funds": lambda: (
            v1.payouts.create(
                {"amount": 10, "currency": "usd", "expand": ["balance_transaction.source"]}
            ).balance_transaction.source.id.startswith("po_")
            and charge
        ),
        "transfer_stripe_funds": lambda: (
            v1.transfers.create({**to_account, "expand": deep}).source_transaction.id == alone and charge
        ),
        "read_stripe_objects": lambda: (
            v1.customers.retrieve(customer, {"expand": ["sources", "subscriptions", "tax_ids"]}).id == customer
            and charge
        ),
        "read_stripe_payments": lambda: (
            v1.application_fees.retrieve(fee, {"expand": ["charge.customer", "balance_transaction"]}).charge.id
        ),
        "store_stripe_cards": lambda: charge,
        "write_stripe_objects": lambda: v1.transfers.update(transfer, {"expand": deep}).source_transaction.id,
    }
    assert expanded.keys() == {route.function_name for route in STRIPE_ROUTES if grants_to_expand(route.shows)}
    for function, ask in expanded.items():
        assert ask() == charge, function


def pay_out_funds(v1: Any) -> None:
    """Pay funds out, cancel a payout, and let one fail."""
    made = v1.payouts.create({"amount": 1_00, "currency": "usd"}).id
    assert v1.payouts.update(made, {"metadata": {"a": "1"}}).metadata["a"] == "1"
    assert v1.payouts.cancel(made).status == v1.payouts.retrieve(made).status
    until(lambda: v1.payouts.list({"status": "canceled"}).data, "the payout in its list")
    assert v1.payouts.create({"amount": 1_00, "currency": "usd", "method": "instant"}).method == "instant"
    outcome = {"metadata": {"sandbox_outcome": "payout=account_closed"}}
    refused_by_bank = v1.payouts.create({"amount": 1_00, "currency": "usd", **outcome}).id
    until(lambda: v1.payouts.retrieve(refused_by_bank).status == "failed", "its failure")


def save_sources(v1: Any, *tokens: str) -> None:
    """Save cards by tokens, change, charge and delete them."""
    customer = v1.customers.create({"source": tokens[0], "expand": ["sources"]})
    assert customer.sources.data[0].id == customer.default_source
    v1.customers.update(customer.id, {"source": tokens[1]})
    sources = v1.customers.payment_sources
    source = sources.create(customer.id, {"source": "tok_visa", "expand": ["customer"]}).id
    assert sources.update(customer.id, source, {"name": "Jenny Rosen"}).name == "Jenny Rosen"
    assert sources.retrieve(customer.id, source, {"expand": ["customer"]}).customer.id == customer.id
    assert len(sources.list(customer.id).data) == 2
    charge = {"amount": 10_00, "currency": "usd", "customer": customer.id}
    assert v1.charges.create({**charge, "source": source}).paid
    assert sources.delete(customer.id, source).deleted
    assert refused(lambda: v1.charges.create({**charge, "source": source})).code == "missing"


def save_source_objects(v1: Any, card: dict[str, Any]) -> None:
    """Create sources by a number and by a token, and read, change, charge and attach them."""
    made = v1.sources.create({"type": "card", "card": card})
    assert v1.sources.update(made.id, {"metadata": {"order": "7"}}).metadata["order"] == "7"
    assert v1.sources.retrieve(made.id, {"client_secret": made.client_secret}).status == "chargeable"
    assert v1.charges.create({"amount": 10_00, "currency": "usd", "source": made.id}).source.status == "consumed"
    token = v1.tokens.create({"card": card}).id
    other = v1.sources.create({"type": "card", "token": token}).id
    customer = v1.customers.create({}).id
    assert v1.customers.payment_sources.create(customer, {"source": other}).customer == customer
    assert v1.sources.retrieve(other).customer == customer
    assert v1.customers.payment_sources.delete(customer, other).status == "consumed"


def save_by_number(client: Any, customer: str) -> None:
    """Save cards by their number, at both paths."""
    card = {"object": "card", "number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    for path in ("sources", "cards"):
        answer = client.raw_request("post", f"/v1/customers/{customer}/{path}", source=card)
        assert client.deserialize(answer, api_mode="V1").last4 == "4242"


def payer(v1: Any) -> str:
    """Create a customer whose invoices a card pays."""
    paying = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    return v1.customers.create(paying).id


def subscribe(v1: Any) -> Any:
    """Create a subscription that is paid."""
    product = v1.products.create({"name": "Membership"}).id
    price = {"currency": "usd", "product": product, "unit_amount": 10_00, "recurring": {"interval": "month"}}
    expand = ["latest_invoice.payments.data.payment.payment_intent", "latest_invoice.confirmation_secret"]
    return v1.subscriptions.create({"customer": payer(v1), "items": [{"price_data": price}], "expand": expand})


def bill(v1: Any) -> None:
    """Create, update, list, search and cancel subscriptions; bill, finalize, pay and end invoices."""
    subscription = subscribe(v1)
    assert v1.subscriptions.update(subscription.id, {"metadata": {"a": "1"}}).status == "active"
    assert v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]}).latest_invoice.status == "paid"
    until(lambda: v1.subscriptions.list({"customer": subscription.customer}).data, "the subscription in its list")
    until(lambda: v1.subscriptions.search({"query": "status:'active'"}).data, "the subscription in a search")
    item = v1.subscription_items.list({"subscription": subscription.id}).data[0].id
    assert v1.subscription_items.retrieve(item).subscription == subscription.id
    until(lambda: v1.invoices.list({"subscription": subscription.id}).data, "the invoice in its list")
    until(lambda: v1.invoices.search({"query": "status:'paid'"}).data, "the invoice in a search")
    assert v1.subscriptions.cancel(subscription.id).status == "canceled"
    customer = subscription.customer
    pending = v1.invoice_items.create({"customer": customer, "amount": 10_00, "currency": "usd"}).id
    assert v1.invoice_items.update(pending, {"amount": 12_50}).amount == v1.invoice_items.retrieve(pending).amount
    until(lambda: v1.invoice_items.list({"pending": True}).data, "the item in its list")
    invoice = v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include"}).id
    assert v1.invoices.update(invoice, {"description": "Thanks"}).total == 12_50
    assert v1.invoices.line_items.list(invoice).data[0].amount == 12_50
    assert v1.invoices.finalize_invoice(invoice).status == "open"
    assert v1.invoices.pay(invoice).status == v1.invoices.retrieve(invoice).status == "paid"
    payment = v1.invoice_payments.list({"invoice": invoice}).data[0].id
    assert v1.invoice_payments.retrieve(payment).status == "paid"
    until(lambda: v1.invoice_payments.list({"status": "paid"}).data, "the payment in its list")
    for end in (v1.invoices.void_invoice, v1.invoices.mark_uncollectible, v1.invoices.send_invoice):
        draft = v1.invoices.create({"customer": customer, "currency": "usd"}).id
        v1.invoice_items.create({"invoice": draft, "amount": 5_00, "currency": "usd"})
        if end != v1.invoices.send_invoice:
            v1.invoices.finalize_invoice(draft)
        assert end(draft).status in ("void", "uncollectible", "open")
    draft = v1.invoices.create({"customer": customer, "currency": "usd"}).id
    gone = v1.invoice_items.create({"invoice": draft, "amount": 5_00, "currency": "usd"}).id
    assert v1.invoice_items.delete(gone).deleted
    assert v1.invoices.delete(draft).deleted
    leaving = subscribe(v1)
    until(lambda: v1.subscriptions.list({"customer": leaving.customer}).data, "the subscription in its list")
    shown = v1.customers.retrieve(leaving.customer, {"expand": ["subscriptions.data.default_payment_method"]})
    assert [each.id for each in shown.subscriptions.data] == [leaving.id]
    assert v1.customers.delete(leaving.customer).deleted
    assert v1.subscriptions.retrieve(leaving.id).status == "canceled"


def keep_discounts(v1: Any) -> None:
    """Create, expand, update, list and delete coupons and promotion codes, shipping rates and tax rates."""
    product = v1.products.create({"name": "Gold"}).id
    coupon = v1.coupons.create({"percent_off": 25, "applies_to": {"products": [product]}, "expand": ["applies_to"]})
    assert v1.coupons.update(coupon.id, {"name": "Summer"}).name == v1.coupons.retrieve(coupon.id).name
    of_coupon = {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SUMMER"}
    code = v1.promotion_codes.create({**of_coupon, "expand": ["promotion.coupon"]})
    assert code.promotion.coupon.id == coupon.id
    assert v1.promotion_codes.update(code.id, {"active": False}).active is False
    assert v1.promotion_codes.update(code.id, {"active": True, "expand": ["promotion.coupon"]}).active
    until(lambda: v1.coupons.list({"expand": ["data.applies_to"]}).data, "the coupon in its list")
    until(lambda: v1.promotion_codes.list({"coupon": coupon.id, "code": "summer"}).data, "the code in its list")
    assert v1.coupons.delete(coupon.id).deleted
    assert not v1.promotion_codes.retrieve(code.id).active
    vat = v1.tax_rates.create({"display_name": "VAT", "inclusive": False, "percentage": 19})
    assert not v1.tax_rates.update(vat.id, {"active": False}).active
    assert v1.tax_rates.retrieve(vat.id).percentage == 19
    until(lambda: v1.tax_rates.list({"active": False}).data, "the tax rate in its list")
    rate = v1.shipping_rates.create({"display_name": "Ground", "fixed_amount": {"amount": 5_00, "currency": "usd"}})
    assert not v1.shipping_rates.update(rate.id, {"active": False}).active
    assert v1.shipping_rates.retrieve(rate.id).fixed_amount.amount == 5_00
    until(lambda: v1.shipping_rates.list({"currency": "usd"}).data, "the shipping rate in its list")
    domain = v1.payment_method_domains.create({"domain_name": "shop.example"}).id
    assert v1.payment_method_domains.validate(domain).apple_pay.status == "active"
    assert not v1.payment_method_domains.update(domain, {"enabled": False}).enabled
    assert v1.payment_method_domains.retrieve(domain).domain_name == "shop.example"
    until(lambda: v1.payment_method_domains.list().data, "the domain in its list")
    apple = v1.apple_pay_domains.create({"domain_name": "shop.example"}).id
    assert v1.apple_pay_domains.retrieve(apple).id == apple
    until(lambda: v1.apple_pay_domains.list().data, "Apple Pay's domain in its list")
    assert v1.apple_pay_domains.delete(apple).deleted
    assert v1.tax_codes.retrieve("txcd_92010001").name == "Shipping"
    until(lambda: v1.payment_methods.list().data, "the payment methods in their list")


def sell_by_checkout(v1: Any) -> None:
    """Pay sessions on their pages, with every right of them: discounts, saved cards, nothing due, and expiry."""
    customer = v1.customers.create({"email": "jenny@example.com"}).id
    coupon = v1.coupons.create({"percent_off": 25}).id
    code = v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "AUTUMN"}).id
    price = v1.prices.create({"currency": "usd", "unit_amount": 20_00, "product_data": {"name": "Hat"}}).id
    ends = {"success_url": "https://shop.example/thanks"}
    sale = {"mode": "payment", "line_items": [{"price": price, "quantity": 2}], **ends}
    session = v1.checkout.sessions.create({**sale, "customer": customer, "discounts": [{"promotion_code": code}]})
    assert "Hat" in httpx.get(session.url, headers={"Accept": "text/html"}).text
    assert httpx.post(session.url, data={"card": "4000000000000002"}).json()["error"]["code"] == "card_declined"
    v1.checkout.sessions.update(session.id, {"metadata": {"order": "6735"}, "expand": ["customer", "line_items"]})
    approved = httpx.post(session.url, data={"card": "pm_card_visa"})
    assert approved.json()["status"] == "complete", approved.text
    parts = ["payment_intent.latest_charge.balance_transaction", "customer", "line_items", "discounts.promotion_code"]
    paid = v1.checkout.sessions.retrieve(session.id, {"expand": parts})
    assert (paid.payment_status, paid.amount_total, paid.payment_intent.status) == ("paid", 30_00, "succeeded")
    assert v1.checkout.sessions.line_items.list(session.id).data[0].price.id == price
    entered = v1.checkout.sessions.create({**sale, "allow_promotion_codes": True})
    assert httpx.post(entered.url, data={"promotionCode": "AUTUMN", "action": "update"}).status_code == 200
    saving = v1.checkout.sessions.create({"mode": "setup", "currency": "usd", "customer": customer, **ends})
    assert httpx.post(saving.url, data={"card": "pm_card_visa"}).json()["status"] == "complete"
    free = v1.checkout.sessions.create({**sale, "discounts": [{"coupon": v1.coupons.create({"percent_off": 100}).id}]})
    assert httpx.post(free.url, data={"email": "a@b.c"}).json()["status"] == "complete"
    monthly = {
        "currency": "usd",
        "unit_amount": 10_00,
        "product_data": {"name": "Gold"},
        "recurring": {"interval": "month"},
    }
    plan = {**ends, "mode": "subscription", "line_items": [{"price_data": monthly, "quantity": 1}]}
    for trial in ({}, {"subscription_data": {"trial_period_days": 7}}):
        subscribing = v1.checkout.sessions.create({**plan, **trial})
        assert httpx.post(subscribing.url, data={"card": "pm_card_visa"}).json()["status"] == "complete"
        subscribed = v1.checkout.sessions.retrieve(subscribing.id, {"expand": ["subscription.latest_invoice"]})
        assert subscribed.subscription.latest_invoice.status == "paid"
    tried = v1.checkout.sessions.create(sale)
    httpx.post(tried.url, data={"card": "4000000000000002"})
    assert v1.checkout.sessions.expire(tried.id, {"expand": ["line_items"]}).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        v1.payment_intents.confirm(v1.checkout.sessions.retrieve(tried.id).payment_intent)
    until(lambda: v1.checkout.sessions.list({"payment_intent": paid.payment_intent.id}).data, "the session in its list")
    until(lambda: v1.events.list({"type": "checkout.session.completed"}).data, "the session's event")


def save_tax_ids(v1: Any) -> None:
    """Create a customer's tax IDs, read and delete them."""
    vat = {"type": "eu_vat", "value": "DE123456789"}
    customer = v1.customers.create({"tax_id_data": [vat], "expand": ["tax_ids"]})
    first, tax_ids = customer.tax_ids.data[0].id, v1.customers.tax_ids
    assert tax_ids.create(customer.id, {**vat, "expand": ["customer"]}).customer.id == customer.id
    assert tax_ids.retrieve(customer.id, first, {"expand": ["owner.customer"]}).owner.customer.id == customer.id
    assert len(tax_ids.list(customer.id, {"expand": ["data.customer"]}).data) == 2
    assert tax_ids.delete(customer.id, first).deleted


def connect_account(v1: Any) -> None:
    """Create a connected account and what it has, act for it, and delete it."""
    express = {"type": "express", "default_currency": "eur", "external_account": "btok_us_verified"}
    waiting = {**express, "metadata": {"sandbox_outcome": "onboarding"}}
    account = v1.accounts.create({**waiting, "capabilities": {"card_payments": {"requested": True}}})
    onboarding = {"type": "account_onboarding", "return_url": "https://shop.example", "account": account.id}
    assert v1.account_links.create(onboarding).url == "https://shop.example"
    assert v1.accounts.update(account.id, {"email": "jenny@example.com"}).email == "jenny@example.com"
    banks, capabilities = v1.accounts.external_accounts, v1.accounts.capabilities
    added = banks.create(account.id, {"external_account": "btok_us_verified_noAccount"})
    assert banks.update(account.id, added.id, {"metadata": {"a": "1"}}).metadata["a"] == "1"
    assert banks.retrieve(account.id, added.id).last4 == "1116"
    assert banks.delete(account.id, added.id).deleted
    assert len(banks.list(account.id).data) == 1
    assert capabilities.update(account.id, "transfers", {"requested": True}).status == "active"
    assert capabilities.retrieve(account.id, "transfers").requested
    assert len(capabilities.list(account.id).data) == 2
    assert v1.accounts.login_links.create(account.id).url
    on_it = {"stripe_account": account.id}
    endpoint = {"url": "https://example.com/connect", "enabled_events": ["*"], "connect": True}
    connect = v1.webhook_endpoints.create(endpoint)
    sale = {"amount": 10_00, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    paid = v1.payment_intents.create(sale, on_it)
    assert v1.payment_intents.retrieve(paid.id, None, on_it).status == "succeeded"
    v1.tokens.create({"cvc_update": {"cvc": "123"}}, on_it)
    v1.webhook_endpoints.create({**endpoint, "connect": False}, on_it)
    assert v1.accounts.retrieve_current(None, on_it).id == v1.accounts.retrieve(account.id).id
    until(lambda: v1.accounts.list().data, "the account in its list")
    until(lambda: v1.events.list({"type": "charge.succeeded"}, on_it).data, "the charge's event")
    until(lambda: v1.events.list({"type": "account.updated"}, on_it).data, "the account's event")
    v1.webhook_endpoints.delete(connect.id)
    assert not v1.accounts.reject(account.id, {"reason": "other"}).charges_enabled
    assert v1.accounts.delete(account.id).deleted


def save_card_by_ephemeral_key(v1: Any, customer: str, card: str) -> None:
    """Save and remove a card as a mobile application does, which can do nothing else."""
    assert v1.customers.retrieve(customer).id == customer
    assert v1.payment_methods.attach(card, {"customer": customer}).customer == customer
    assert card in [each.id for each in v1.payment_methods.list({"customer": customer})]
    assert card in [each.id for each in v1.customers.payment_methods.list(customer)]
    assert v1.payment_methods.detach(card).customer is None
    for other in (
        v1.payment_intents.list,
        lambda: v1.customers.retrieve("cus_" + "a" * 26),
        lambda: v1.payment_methods.list({"customer": "cus_" + "a" * 26}),
        lambda: v1.ephemeral_keys.create({"customer": customer}, {"stripe_version": STRIPE_VERSION}),
    ):
        with pytest.raises(stripe.PermissionError):
            other()


def save_cards(v1: Any, customer: str) -> None:
    """Run the life of setup intents: one whose cardholder authenticates, one that is declined, one that is canceled."""
    setup = v1.setup_intents.create({"customer": customer}).id
    card = {"payment_method": "pm_card_chargeDeclined"}
    with pytest.raises(stripe.CardError):
        v1.setup_intents.confirm(setup, card)
    v1.setup_intents.update(setup, {"payment_method": "pm_card_authenticationRequired"})
    url = v1.setup_intents.confirm(setup).next_action.redirect_to_url.url
    assert "Confirm your card" in httpx.get(url).text
    httpx.post(url, data={"result": "succeeded"}).raise_for_status()
    saved = v1.setup_intents.retrieve(setup, {"expand": ["customer", "payment_method"]})
    attempts = v1.setup_attempts.list({"setup_intent": setup, "expand": ["data.payment_method"]}).data
    assert [attempt.status for attempt in attempts] == ["succeeded", "failed"]
    assert (saved.status, saved.payment_method.customer) == ("succeeded", customer)
    until(lambda: v1.setup_intents.list({"customer": customer}).data, "the setup intent in its list")
    assert v1.setup_intents.cancel(v1.setup_intents.create().id).status == "canceled"
    until(lambda: v1.events.list({"type": "setup_intent.succeeded"}).data, "the setup intent's event")


def exercise_webhooks(target: Target, api: Api) -> None:
    """Run an endpoint's life, with the delivery of a payment's events to it."""
    with receiver() as shop:
        made = api.post("/webhooks/endpoints", {"url": shop.url, "events": ["*"]}).raise_for_status().json()
        one = f"/webhooks/endpoints/{made['endpoint_id']}"
        for wish in ("rotate", "enable", "test"):
            api.post(f"{one}/{wish}", None).raise_for_status()
        api.http.patch(one, json={"description": "watched"}).raise_for_status()
        assert shop.wait_for(1)
        api.authorize(5_00).raise_for_status()
        assert shop.wait_for(2)
        event_id = shop.ids()[-1]
        delivery_id = api.http.get(f"/events/{event_id}").raise_for_status().json()["deliveries"][0]["delivery_id"]
        until(lambda: api.http.get(f"/webhooks/deliveries/{delivery_id}").is_success, "the attempt's record")
        for path in (
            "/webhooks/endpoints",
            one,
            "/events",
            "/webhooks/deliveries",
            f"/webhooks/deliveries/{delivery_id}",
        ):
            api.http.get(path).raise_for_status()
        api.post(f"/events/{event_id}/resend", {}).raise_for_status()
        api.post(f"{one}/replay", {"since": "2026-01-01T00:00:00Z"}).raise_for_status()
        assert shop.wait_for(3)
        api.http.delete(one).raise_for_status()
    use_inbox(api)
    asked = api.authorize(5_00, metadata={"sandbox_outcome": "pending:1:approve"}).raise_for_status().json()["auth_id"]
    until(lambda: api.payment(asked)["status"] == "approved", "the bank's answer")
    for path in ("/sandbox/settings", "/sandbox/simulate?waiting=true", f"/sandbox/simulate/{asked}", "/metrics"):
        api.http.get(path).raise_for_status()
    for text in (asked, event_id, delivery_id, "2026-11-20", "4242", "jane@example.com", "/nowhere"):
        api.http.get("/search", params={"q": text}).raise_for_status()
    api.http.patch("/sandbox/settings", json={"simulation": "automatic"}).raise_for_status()
    api.http.post(f"/sandbox/simulate/{asked}/expire").raise_for_status()
    disputed = api.authorize(5_00, capture_method="automatic").raise_for_status().json()["auth_id"]
    api.http.post(f"/sandbox/simulate/{disputed}/dispute").raise_for_status()
    dispute_id = api.payment(disputed)["dispute"]["dispute_id"]
    until(lambda: api.http.get("/disputes").raise_for_status().json()["data"], "the dispute's row")
    api.http.get(f"/disputes/{dispute_id}").raise_for_status()
    api.post(f"/disputes/{dispute_id}/evidence", {"evidence": {"receipt": "file_1"}}).raise_for_status()
    api.http.post(f"/disputes/{dispute_id}/accept", headers={"X-Idempotency-Key": dispute_id}).raise_for_status()
    challenged = api.authorize(5_00, metadata={"sandbox_outcome": "action:3ds"}).raise_for_status().json()
    page = challenged["next_action"]["redirect_to_url"]["url"]
    httpx.get(page).raise_for_status()
    httpx.post(page, data={"result": "succeeded"}).raise_for_status()
    for sweep in ("sweep_deliveries", "expire_payments"):
        answer = target.client("lambda").invoke(FunctionName=f"paysandbox-local-{sweep}", Payload="{}")
        assert "FunctionError" not in answer, answer["Payload"].read()


def use_inbox(api: Api) -> None:
    """Fill the merchant's inbox until the oldest webhook leaves it, with every route."""
    url = api.http.patch("/sandbox/inbox", json={"answer": "200"}).raise_for_status().json()["url"]
    with httpx.Client(trust_env=False) as sender:  # one, since each loads the certificates of all authorities
        for _ in range(SHOWN + 1):
            sender.post(url, json={"type": "test"}).raise_for_status()
    assert api.http.get("/sandbox/inbox").raise_for_status().json()["data"]
    api.http.delete("/sandbox/inbox").raise_for_status()


def settle(sandbox: Sandbox, target: Target, api: Api) -> None:
    """Settle the day's captures with their reports, and report a failed run of a batch that does not exist."""
    assert sandbox.run("settlements", "run", "--now", "--wait").returncode == 0
    batch = api.http.get("/settlements").raise_for_status().json()["data"][0]["batch"]
    api.http.get(f"/settlements/{batch}").raise_for_status()
    payload = json.dumps({"batch": "1999-01-01", "books": {"reason": "tried"}})
    answer = target.client("lambda").invoke(FunctionName="paysandbox-local-fail_batch", Payload=payload)
    assert "FunctionError" not in answer, answer["Payload"].read()


def donate(sandbox: Sandbox, target: Target) -> None:
    """Make a donation with its receipt, read the donation routes, and run the nightly check of unfinished donations."""
    walked = sandbox.json("donations", "create", "--amount", "5.00")
    assert (walked["status"], walked["receipt"]["state"]) == ("SUCCEEDED", "sent")
    for path in ("/", "/donations/recent", "/donations/total"):
        httpx.get(f"{sandbox.base_url}{path}").raise_for_status()
    listed = sandbox.json("donations", "list", "--limit", "1")["data"]
    assert [donation["donation_id"] for donation in listed] == [walked["donation_id"]]
    answer = target.client("lambda").invoke(FunctionName="paysandbox-local-sweep_donations", Payload="{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


def park_a_record(target: Target) -> None:
    """Pass the publisher an empty record, which it may park."""
    payload = json.dumps({"Records": [{"eventID": "of nothing"}]})
    answer = target.client("lambda").invoke(FunctionName="paysandbox-local-publish_event", Payload=payload)
    assert "FunctionError" not in answer, answer["Payload"].read()


def make_pepper_again(target: Target) -> None:
    """Update the pepper as CloudFormation does: it is kept."""
    manager, kms = target.client("secretsmanager"), target.client("kms")
    key = kms.describe_key(KeyId="alias/paysandbox-local-secrets")["KeyMetadata"]["Arn"]
    before = manager.get_secret_value(SecretId=PEPPER)
    properties = {"SecretName": PEPPER, "KeyId": key, "DeleteWithStack": "true", "Form": "pepper"}
    as_cloudformation(target, "generate_secret", "Update", PEPPER, properties)
    after = manager.get_secret_value(SecretId=PEPPER)
    assert (after["SecretString"], after["VersionId"]) == (before["SecretString"], before["VersionId"])


def leave_the_reports(target: Target) -> None:
    """Delete the resource that empties the bucket of reports, for a bucket without the tag: nothing is deleted."""
    (bucket,) = (one["Name"] for one in target.client("s3").list_buckets()["Buckets"] if "reports" in one["Name"])
    as_cloudformation(target, "empty_bucket", "Delete", bucket, {"Bucket": bucket, "Tag": "another-tag"})


def as_cloudformation(target: Target, function: str, request: str, resource: str, properties: dict[str, str]) -> None:
    """Call a custom resource's function, which replies to a URL of ours."""
    answers: list[Any] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name for it
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        event = {
            "RequestType": request,
            "RequestId": "request-1",
            "StackId": "stack-1",
            "LogicalResourceId": "Resource",
            "PhysicalResourceId": resource,
            "ResponseURL": f"http://127.0.0.1:{server.server_port}/answer",
            "ResourceProperties": properties,
            "OldResourceProperties": properties,
        }
        target.client("lambda").invoke(FunctionName=f"paysandbox-local-{function}", Payload=json.dumps(event))
        thread.join()
    assert [answer["Status"] for answer in answers] == ["SUCCESS"]


def test_each_role_has_the_rights_of_its_row(functions: list[Function]) -> None:
    """The engine enforces the rights that tests/infra compares with the rows: actions, resources and conditions."""
    # CDK starts Node.js when it is imported, and both processes import this file.
    from stacks.environments import ENVIRONMENTS
    from tests.infra.rights import expected

    for function in functions:
        rights = expected(function.name, ENVIRONMENTS["local"])
        actions = {action for some in rights.values() for action in some if not action.startswith(UNSEEN)}
        assert set(function.granted) == actions, function


def test_no_function_was_denied_access(strict: Target, functions: list[Function], worked: None) -> None:
    """A function with rights has used some, through its role only; one without rights has called no service."""
    trail, key = strict.client("cloudtrail"), strict.access_key
    assert key is not None
    for function in functions:
        by = {"AttributeKey": "AccessKeyId", "AttributeValue": function.access_key_id(key)}
        events = trail.lookup_events(LookupAttributes=[by])["Events"]
        used = {f"{event['EventSource'].partition('.')[0]}:{event['EventName']}" for event in events}
        used = {AS_RIGHTS.get(call, call) for call in used}
        if TRANSACTION in used and function.granted & OF_TRANSACTIONS:
            used.remove(TRANSACTION)
            used |= function.granted & OF_TRANSACTIONS
        if GET_OF_BUCKET in used and function.granted & GETS_OF_BUCKETS:
            used.remove(GET_OF_BUCKET)
            used |= function.granted & GETS_OF_BUCKETS
        assert used <= function.granted, function
        assert bool(used) is bool(function.granted), function


# --- denied calls -----------------------------------------------------------------------------------------------------

PROBES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("dynamodb", "delete_item", "dynamodb:DeleteItem", {"TableName": LEDGER, "Key": {"transaction_id": {"S": "x"}}}),
    ("dynamodb", "scan", "dynamodb:Scan", {"TableName": LEDGER}),
    ("sqs", "list_queues", "sqs:ListQueues", {}),
    ("kms", "list_keys", "kms:ListKeys", {}),
    ("lambda", "get_function", "lambda:GetFunction", {"FunctionName": "paysandbox-local-generate_secret"}),
    # Some functions may make this call, so a denial is not due to an unknown identity.
    ("secretsmanager", "get_secret_value", "secretsmanager:GetSecretValue", {"SecretId": PEPPER}),
)


OF_OTHERS: dict[str, set[str]] = {
    # The webhook secret, from which the URLs of inboxes are derived too.
    "secretsmanager:GetSecretValue": {"deliver_event", "receive_webhook", "manage_inbox"},
    # On the table of disbursements.
    "dynamodb:Scan": {"write_paypal_statement"},
    # On settlement tables, and the inbox.
    "dynamodb:DeleteItem": {"close_books", "collect_entries", "receive_webhook"},
}
"""Functions that have the right, but not on the resource that a probe names."""


@pytest.fixture(scope="module")
def client_as(strict: Target) -> Callable[[Function, str], Any]:
    """Return a function that makes a service client with the rights of one function's role only."""
    session = boto3.Session(botocore_session=botocore.session.Session(), region_name=strict.region)
    config = Config(proxies={}, retries={"total_max_attempts": 1})

    @cache
    def credentials(role: str) -> dict[str, str]:
        given = strict.client("sts").assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }

    @cache
    def client(function: Function, service: str) -> Any:
        asked = {"endpoint_url": strict.aws_endpoint_url, "config": config, **credentials(function.role)}
        return session.client(service, **asked)  # pyright: ignore[reportCallIssue, reportArgumentType] - boto3's types know services by literals alone

    return client


@pytest.mark.parametrize(
    "service, call, action, arguments", PROBES, ids=lambda part: part if isinstance(part, str) else ""
)
def test_roles_have_no_other_access(
    functions: list[Function],
    client_as: Callable[[Function, str], Any],
    service: str,
    call: str,
    action: str,
    arguments: dict[str, Any],
) -> None:
    let_in = {
        function.name for function in functions if not denied(getattr(client_as(function, service), call), arguments)
    }
    granted = {function.name for function in functions if action in function.granted}
    assert let_in == granted - OF_OTHERS.get(action, set())
    assert bool(let_in) is (action == "secretsmanager:GetSecretValue")


def denied(call: Callable[..., Any], arguments: dict[str, Any]) -> bool:
    """Return whether a call is refused for a missing right, and for no other reason."""
    try:
        call(**arguments)
    except ClientError as error:
        if not error.response.get("Error", {}).get("Code", "").startswith("AccessDenied"):
            raise
        return True
    return False


# --- calls of a function in another's name ---------------------------------------------------------------------------

FORGING = '''
import os, socket, struct
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ONCE = Config(retries={"total_max_attempts": 1})
LANE = 3
SCAN = ["dynamodb", "DynamoDB_20120810.Scan", "application/x-amz-json-1.0", "", "", ""]

def outcome(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    except (BotoCoreError, OSError) as error:
        return type(error).__name__
    return "allowed"

def framed(lines, table):
    """Return what the engine responds to a frame that no client of ours sends."""
    ours, its = socket.socketpair()
    control = socket.socket(fileno=os.dup(LANE))
    with ours, its, control:
        socket.send_fds(control, [b"."], [its.fileno()])
        its.close()
        head, body = "\\n".join(lines).encode(), b'{"TableName":"%s"}' % table.encode()
        ours.settimeout(10)
        ours.sendall(struct.pack("!II", len(head), len(body)) + head + body)
        try:
            read = ours.recv(65_536)
        except ConnectionResetError:
            read = b""
    if not read:
        return "ended"
    return next((word for word in ("AccessDenied", "200") if word in read.decode("latin-1")), read.decode("latin-1"))

def handler(event, context):
    table, other = event["table"], event["other"]
    def scan(**more):
        return outcome(lambda: boto3.client("dynamodb", config=ONCE, **more).scan(TableName=table))
    found = {
        "own": scan(),
        "another": scan(**other),
        "unknown": scan(aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x", aws_session_token="y"),
        "another\'s key": scan(**{**other, "aws_secret_access_key": "x"}),
        "another Region": scan(region_name="eu-west-1"),
    }
    if event["way"] == "lane":
        found["frame"] = framed(SCAN, table)
        found["frame with a key"] = framed([*SCAN, other["aws_access_key_id"]], table)
        scope = f"x/aws4_request, Credential={other['aws_access_key_id']}/20261129/us-east-1/dynamodb"
        found["frame with a scope"] = framed([scope, *SCAN[1:]], table)
        found["frame with another target"] = framed(["sts", *SCAN[1:]], table)
    return found
'''


def test_a_function_cannot_call_as_another_one(way: str, strict: Target, functions: list[Function]) -> None:
    """It has the rights of its role, or those of credentials that it was given, whatever it sends."""
    (scanning,) = (one for one in functions if one.name == "write_paypal_statement")
    table = next(name for name in strict.client("dynamodb").list_tables()["TableNames"] if "Disbursements" in name)
    given = strict.client("sts").assume_role(RoleArn=scanning.role, RoleSessionName="given")["Credentials"]
    other = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    with probe(strict, FORGING, like="authorize_payment", name="of-a-forger") as forger:
        outcomes = forger.invoke(way=way, table=table, other=other)
    assert outcomes == {
        "own": "AccessDeniedException",
        "another": "allowed",
        "unknown": "UnrecognizedClientException",
        "another's key": "UnrecognizedClientException",
        "another Region": "AccessDeniedException",
    } | (
        {
            "frame": "AccessDenied",
            "frame with a key": "ended",
            "frame with a scope": "ended",
            "frame with another target": "AccessDenied",
        }
        if way == "lane"
        else {}
    )
