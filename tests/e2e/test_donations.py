"""Donations from outside, on the deployed stacks: a donor, Stripe's webhook, real queues, the local mailbox."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import stripe

from cli.connection.target import Target
from cli.donations.walk import mailbox
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.donors import TIMEOUT_S, Donor, mail, total
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

MERCHANT = "donate-now"
PASSWORD = "Correct-horse-9-battery"

pytestmark = pytest.mark.timeout(180)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def target(sandbox: Sandbox) -> Target:
    return sandbox.target


def account_key(sandbox: Sandbox) -> str:
    """Return the secret key of the account that takes the donations."""
    return next(
        one["api_key"] for one in sandbox.json("keys", "list", "--show-secrets")["data"] if one["merchant"] == MERCHANT
    )


@pytest.fixture(scope="module")
def donor(sandbox: Sandbox) -> Iterator[Callable[..., Donor]]:
    """Return a function that creates donors, each with its own token."""
    with ExitStack() as stack:

        def make(name: str = "Jo Donor") -> Donor:
            made = sandbox.json("donations", "sign-up", "--name", name)
            token = sandbox.run(
                "donations", "sign-in", "--email", made["email"], PAYSANDBOX_DONOR_PASSWORD=made["password"]
            ).stdout.strip()
            one = Donor(made["email"], name, client_of(sandbox, token), lambda: account_key(sandbox))
            stack.enter_context(one.http)
            return one

        yield make


def client_of(sandbox: Sandbox, token: str) -> httpx.Client:
    return httpx.Client(base_url=sandbox.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_S)


@pytest.fixture(scope="module")
def jo(donor: Callable[..., Donor]) -> Donor:
    return donor()


@pytest.fixture
def account(sandbox: Sandbox) -> Iterator[Any]:
    """Provide Stripe's SDK for the account's owner."""
    with sdk_on(sandbox.base_url, account_key(sandbox)) as sdk:
        yield sdk.v1


# --- access -----------------------------------------------------------------------------------------------------------


def access_token(target: Target, jo: Donor) -> str:
    """Return the same donor's access token, which grants scopes but does not identify the donor as an ID token does."""
    outputs, cognito = target.outputs("donors"), target.client("cognito-idp")
    pool, client = outputs["UserPoolId"], outputs["WebAppClientId"]
    cognito.admin_set_user_password(UserPoolId=pool, Username=jo.email, Password=PASSWORD, Permanent=True)
    return tokens(cognito, pool, client, jo.email)["AccessToken"]


def foreign_token(target: Target, jo: Donor) -> str:
    """Return a token for the same e-mail address from a foreign user pool."""
    cognito = target.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="of-somebody-else")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="web", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    attributes = [
        {"Name": "email", "Value": jo.email},
        {"Name": "email_verified", "Value": "true"},
        {"Name": "name", "Value": jo.name},
    ]
    cognito.admin_create_user(UserPoolId=pool, Username="jo", UserAttributes=attributes, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="jo", Password=PASSWORD, Permanent=True)
    return tokens(cognito, pool, client, "jo")["IdToken"]


def tokens(cognito: Any, pool: str, client: str, user: str) -> Json:
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user, "PASSWORD": PASSWORD},
    )
    return answer["AuthenticationResult"]


def richer(jo: Donor) -> str:
    """Return Jo's token with another name in it, under the original signature."""
    header, claims, signature = jo.http.headers["Authorization"].removeprefix("Bearer ").split(".")
    read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    changed = base64.urlsafe_b64encode(json.dumps(read | {"name": "Somebody Else"}).encode()).decode().rstrip("=")
    return f"{header}.{changed}.{signature}"


@pytest.mark.parametrize(
    "route", [("POST", "/donations/create-intent"), ("GET", "/donations/mine")], ids=lambda r: r[1]
)
@pytest.mark.parametrize(
    "bearer",
    [
        pytest.param(lambda *_: None, id="no token"),
        pytest.param(lambda *_: "not.a.token", id="junk"),
        pytest.param(lambda _, jo: richer(jo), id="a changed token"),
        pytest.param(foreign_token, id="another pool's"),
        pytest.param(access_token, id="an access token"),
    ],
)
def test_only_identity_tokens_of_the_pool_are_accepted(
    sandbox: Sandbox, target: Target, jo: Donor, bearer: Callable[[Target, Donor], str | None], route: tuple[str, str]
) -> None:
    token = bearer(target, jo)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    method, path = route
    answer = httpx.request(
        method, f"{sandbox.base_url}{path}", json={"amount": 5_00} if method == "POST" else None, headers=headers
    )
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (answer.json()["code"], answer.json()["status"]) == ("token_invalid", 401)


def test_donations_belong_to_the_tokens_donor(donor: Callable[..., Donor]) -> None:
    ann, bob = donor("Ann"), donor("Bob")
    given = ann.intends(7_00)
    assert [one["donation_id"] for one in ann.donations()] == [given.donation_id]
    assert bob.donations() == []
    refused = ann.asks({"amount": 5_00, "email": bob.email})
    assert (refused.status_code, refused.json()["code"], refused.json()["param"]) == (400, "parameter_unknown", "email")


# --- a donation's life ------------------------------------------------------------------------------------------------


def test_lifecycle_of_a_donation(sandbox: Sandbox, donor: Callable[..., Donor], account: Any) -> None:
    eve = donor("Eve <b>Example</b>")
    before = total(sandbox.base_url, "usd")
    with Api(sandbox.base_url, account_key(sandbox)) as api, receiver() as shop:
        kinds = ["donation_succeeded", "donation_failed", "donation_refunded"]
        endpoint = api.post("/webhooks/endpoints", {"url": shop.url, "events": kinds}).raise_for_status().json()
        intended = eve.intends(50_00, message="For the <roof>\nand the bell")
        assert eve.donations()[0]["status"] == "PENDING"

        assert eve.pays(intended).status == "succeeded"
        shown = eve.sees(intended, lambda one: one["receipt"] == "sent", "its receipt")
        assert (shown["status"], shown["amount"], shown["currency"], shown["refunded"]) == (
            "SUCCEEDED",
            50_00,
            "usd",
            0,
        )
        assert shown["message"] == "For the <roof>\nand the bell"
        assert total(sandbox.base_url, "usd") == before + 50_00

        latest = httpx.get(f"{sandbox.base_url}/donations/recent").json()
        mine = next(one for one in latest if one["donor_name"] == eve.name)
        assert mine == {
            "donor_name": eve.name,
            "amount": 50_00,
            "currency": "usd",
            "created_at": shown["created_at"],
        }

        refund = {"payment_intent": intended.payment_intent}
        account.refunds.create({**refund, "amount": 20_00})
        eve.sees(intended, lambda one: one["refunded"] == 20_00, "a part that went back")
        assert total(sandbox.base_url, "usd") == before + 30_00
        account.refunds.create(refund)
        eve.sees(intended, lambda one: one["status"] == "REFUNDED", "all that went back")
        assert total(sandbox.base_url, "usd") == before

        def told() -> list[Json] | None:
            events = [json.loads(one.body) for one in list(shop.received)]
            ours = {one["id"]: one for one in events if one["data"]["donation_id"] == intended.donation_id}
            return sorted(ours.values(), key=lambda one: one["sequence"]) if len(ours) == 3 else None

        succeeded, part, rest = until(told, "three events", patience_s=60)
        assert [one["type"] for one in (succeeded, part, rest)] == [kinds[0], kinds[2], kinds[2]]
        assert (part["data"]["refunded"], rest["data"]["refunded"]) == (20_00, 50_00)
        assert eve.email not in json.dumps([succeeded, part, rest])
        api.http.delete(f"/webhooks/endpoints/{endpoint['endpoint_id']}").raise_for_status()

    [letter] = mail(sandbox.target, intended.donation_id)
    assert (letter["To"], letter["Source"]) == ([eve.email], "receipts@donate-now.example")
    for text in ("$50.00", "For the <roof>", eve.name):
        assert text in letter["BodyText"]
    assert "<roof>" not in letter["BodyHtml"]
    assert "<b>Example</b>" not in letter["BodyHtml"]
    assert intended.donation_id in letter["BodyHtml"]
    assert "\n" not in letter["Subject"]


def test_a_decline_keeps_the_donation_pending_without_a_receipt(sandbox: Sandbox, jo: Donor) -> None:
    intended = jo.intends(12_00)
    with pytest.raises(stripe.CardError):
        jo.pays(intended, "pm_card_chargeDeclinedInsufficientFunds")
    shown = jo.sees(intended, lambda one: one["status"] != "PENDING", "the decline")
    assert (shown["status"], shown["receipt"]) == ("FAILED", "none")
    assert mail(sandbox.target, intended.donation_id) == []

    assert jo.pays(intended).status == "succeeded"
    jo.sees(intended, lambda one: (one["status"], one["receipt"]) == ("SUCCEEDED", "sent"), "another card")
    assert len(mail(sandbox.target, intended.donation_id)) == 1


def test_anonymous_donors_are_named_only_in_the_receipt(sandbox: Sandbox, donor: Callable[..., Donor]) -> None:
    zoe = donor("Zoe Quiet")
    intended = zoe.gives(500, currency="JPY", anonymous=True)
    assert zoe.name not in httpx.get(f"{sandbox.base_url}/donations/recent").text
    [letter] = mail(sandbox.target, intended.donation_id)
    assert "¥500" in letter["BodyText"]
    assert zoe.name in letter["BodyText"]


@pytest.mark.parametrize("key", ["one wish", ""], ids=["by its key", "within a minute"])
def test_a_repeated_request_is_one_donation(donor: Callable[..., Donor], key: str) -> None:
    kim = donor("Kim")
    first, second = kim.intends(9_00, key), kim.intends(9_00, key)
    assert first == second
    assert len(kim.donations()) == 1


def test_totals_and_recent_donations_are_cacheable(sandbox: Sandbox) -> None:
    for path in ("/donations/total", "/donations/recent"):
        url = f"{sandbox.base_url}{path}"
        first = httpx.get(url)
        assert first.headers["cache-control"] == "public, max-age=5"
        again = httpx.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) in [(304, b""), (200, first.content)], "no donation came in between"


# --- Stripe's side ----------------------------------------------------------------------------------------------------


def test_unsigned_events_are_rejected(sandbox: Sandbox) -> None:
    for headers in ({}, {"Stripe-Signature": "t=1,v1=00"}):
        answer = httpx.post(f"{sandbox.base_url}/webhooks/stripe", content=b'{"id": "evt_1"}', headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "signature_invalid")


def dead(target: Target, which: str) -> int:
    """Return the number of messages in a queue's dead-letter queue."""
    url = target.outputs("donations")[f"{which}DeadQueueUrl"]
    asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
    return sum(map(int, counts.values()))


@pytest.mark.full
def test_failed_events_can_be_redriven(sandbox: Sandbox, target: Target, jo: Donor) -> None:
    table, dynamodb = target.outputs("donors")["DonationsTable"], target.client("dynamodb")
    intended = jo.intends(31_00)
    key = {"PK": {"S": f"DONATION#{intended.donation_id}"}, "SK": {"S": "OWNER"}}
    owner = dynamodb.delete_item(TableName=table, Key=key, ReturnValues="ALL_OLD")["Attributes"]
    before = dead(target, "Payment")
    jo.pays(intended)
    until(lambda: dead(target, "Payment") > before, "the parked event")

    assert sandbox.json("redrive", "payments")["redriven"] == before + 1
    until(lambda: dead(target, "Payment") > before, "the event, parked once more")

    dynamodb.put_item(TableName=table, Item=owner)
    assert sandbox.json("redrive", "payments")["redriven"] == before + 1
    jo.sees(intended, lambda one: one["receipt"] == "sent", "its receipt")


def test_a_payment_without_a_donation_goes_to_the_dead_letter_queue(
    sandbox: Sandbox, target: Target, account: Any
) -> None:
    before = dead(target, "Payment")
    params = {"amount": 10_00, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    account.payment_intents.create({**params, "metadata": {"donation_id": "00000000-0000-4000-8000-000000000000"}})
    until(lambda: dead(target, "Payment") > before, "the parked event")
    url = target.outputs("donations")["PaymentDeadQueueUrl"]
    target.client("sqs").purge_queue(QueueUrl=url)


def test_a_receipt_of_unknown_outcome_is_listed_and_can_be_retried(sandbox: Sandbox, target: Target, jo: Donor) -> None:
    intended = jo.gives(8_00)
    lose_the_outcome(target, jo, intended.donation_id)
    [listed] = [
        one for one in sandbox.json("donations", "receipts")["data"] if one["donation_id"] == intended.donation_id
    ]
    assert (listed["outcome"], listed["email"], listed["amount"]) == ("unknown", jo.email, "8.00 USD")

    unasked = sandbox.run("donations", "resend-receipt", intended.donation_id, check=False)
    assert (unasked.returncode, len(mail(sandbox.target, intended.donation_id))) == (1, 1)
    assert "--yes" in unasked.stderr

    sandbox.run("donations", "resend-receipt", intended.donation_id, "--yes")
    until(lambda: len(mail(sandbox.target, intended.donation_id)) == 2, "the second mail")
    jo.sees(intended, lambda one: one["receipt"] == "sent", "its receipt")
    again = sandbox.run("donations", "resend-receipt", intended.donation_id, "--yes", check=False)
    assert (again.returncode, "was already sent" in again.stderr) == (1, True)


def lose_the_outcome(target: Target, jo: Donor, donation_id: str) -> None:
    """Simulate a worker that died between the call to SES and recording its outcome."""
    target.client("dynamodb").update_item(
        TableName=target.outputs("donors")["DonationsTable"],
        Key={"PK": {"S": f"USER#{jo.email}"}, "SK": {"S": f"DONATION#{donation_id}"}},
        UpdateExpression="SET receipt = :sending, receipt_open = :sending, receipt_at = :then",
        ExpressionAttributeValues={":sending": {"S": "sending"}, ":then": {"S": "2026-01-01T00:00:00.000000Z"}},
    )


# --- the command ------------------------------------------------------------------------------------------------------


def test_donations_create_completes_a_donation(sandbox: Sandbox, target: Target) -> None:
    walked = sandbox.json("donations", "create", "--amount", "50.00", "--message", "For the roof")
    assert walked.keys() == {"donation_id", "payment_intent", "status", "receipt"}
    assert (walked["status"], walked["receipt"]["state"]) == ("SUCCEEDED", "sent")
    assert "$50.00" in walked["receipt"]["text"]
    assert walked["receipt"]["to"] == "demo@donate-now.example"
    assert [one["To"] for one in mailbox(target) if walked["donation_id"] in one["BodyText"]] == [
        ["demo@donate-now.example"]
    ]
    [listed] = sandbox.json("donations", "list", "--limit", "1")["data"]
    same = (walked["donation_id"], walked["payment_intent"], "sent")
    assert (listed["donation_id"], listed["payment_intent"], listed["receipt"]) == same


def test_donations_create_exits_1_on_a_decline(sandbox: Sandbox) -> None:
    done = sandbox.run(
        "donations", "create", "--amount", "50.00", "--card", "pm_card_chargeDeclined", "--json", check=False
    )
    walked = json.loads(done.stdout)
    assert (done.returncode, walked["status"], walked["receipt"]) == (1, "FAILED", None)


def test_too_many_decimals_are_a_usage_error(sandbox: Sandbox) -> None:
    done = sandbox.run("donations", "create", "--amount", "500.5", "--currency", "JPY", check=False)
    assert (done.returncode, done.stdout) == (2, "")


def test_status_shows_the_url_for_stripes_events(sandbox: Sandbox, target: Target) -> None:
    told = sandbox.json("status")["donations"]
    assert told["stripe_webhook_url"] == f"{sandbox.base_url}/webhooks/stripe"
    assert told["user_pool_id"] == target.outputs("donors")["UserPoolId"]


# --- keys and secrets that change while it runs -----------------------------------------------------------------------


def is_not_configured(donor: Donor) -> bool:
    """Return whether an intent is refused because Stripe's key is missing. One try only, since it may be too early."""
    body = donor.http.post("/donations/create-intent", json={"amount": 5_00}).json()
    return body.get("code") == "stripe_not_configured"


@pytest.mark.full
def test_an_invalid_stripe_key_and_a_rotated_webhook_secret_are_replaced_without_a_deployment(
    sandbox: Sandbox, target: Target, donor: Callable[..., Donor], account: Any
) -> None:
    ida, ssm, outputs = donor("Ida"), target.client("ssm"), target.outputs("donations")
    secret: Any = {"Name": outputs["StripeWebhookParameter"], "WithDecryption": True}
    before = ssm.get_parameter(**secret)["Parameter"]["Value"]
    for endpoint in account.webhook_endpoints.list().data:
        account.webhook_endpoints.delete(endpoint.id)
    ssm.delete_parameter(Name=outputs["StripeKeyParameter"])
    sandbox.run("keys", "revoke", "--key-file", "-", piped=account_key(sandbox))
    # API Gateway caches the authorizer's answer on a key for some seconds; until then functions have no reason to look.
    until(lambda: is_not_configured(ida), "the refusal", patience_s=90)
    sandbox.up()
    assert ssm.get_parameter(**secret)["Parameter"]["Value"] != before
    ida.gives(5_00)


@pytest.mark.full
def test_a_second_up_keeps_the_donations_and_is_not_blocked(
    sandbox: Sandbox, target: Target, account: Any, refused: Callable[[], list[str]]
) -> None:
    def state() -> tuple[list[tuple[str, str]], dict[str, int]]:
        outputs = target.outputs("donations")
        names = [outputs["StripeKeyParameter"], outputs["StripeWebhookParameter"]]
        found = target.client("ssm").get_parameters(Names=names)["Parameters"]
        endpoints = [(one.id, one.url) for one in account.webhook_endpoints.list().data]
        return endpoints, {one["Name"]: one["Version"] for one in found}

    before = state()
    sandbox.up()
    assert state() == before
    assert refused() == []
    assert [url for _, url in before[0]] == [f"{sandbox.base_url}/webhooks/stripe"]
