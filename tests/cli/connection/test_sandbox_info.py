"""Sandbox facts that scripts rely on."""

import ast
import shlex
import subprocess

import pytest

from cli.connection.keys import MerchantKey
from cli.connection.sandbox_info import aws_exports, curl, docs_url, donation_facts, exports, facts, stripe_client
from cli.connection.target import Target
from cli.terminal.failure import Failure
from engine.wall.access_key import AccessKey
from paysandbox.core.merchant import dashboard_key
from paysandbox.http.keys.credential import publishable_key
from tests.support.worlds.donation_account import TABLE, donation_account

LOCAL = Target("local", "us-east-1", "http://127.0.0.1:4600", "http://localhost:4600", AccessKey("ID", "se cret"))
ACME, DEMO = "sk_test_acme_" + "l" * 32, "sk_test_demo_" + "s" * 32
KEYS = [
    MerchantKey("acme", "load", ACME, "id1"),
    MerchantKey("demo", "sandbox", DEMO, "id2"),
]


def test_names_of_the_json_fields():
    assert facts(LOCAL, KEYS, healthy=True) == {
        "environment": "local",
        "healthy": True,
        "base_url": "http://127.0.0.1:4600",
        "aws_endpoint_url": "http://localhost:4600",
        "region": "us-east-1",
        "merchants": [
            {"merchant": "acme", "plan": "load", "api_key": ACME, "publishable_key": publishable_key(ACME)},
            {"merchant": "demo", "plan": "sandbox", "api_key": DEMO, "publishable_key": publishable_key(DEMO)},
        ],
        "donations": None,
        "unsaved": None,
    }


def test_the_dashboards_keys_are_left_out():
    """A script that takes the first key of a merchant would make reads that are not logged."""
    page = MerchantKey("demo", "dashboard", dashboard_key("demo", "a" * 32), "id3")
    assert facts(LOCAL, [*KEYS, page], healthy=True) == facts(LOCAL, KEYS, healthy=True)


def test_donation_urls_are_included():
    with donation_account() as there:
        donations = donation_facts(there.target)

    assert donations == {
        "stripe_webhook_url": "https://api.example.test/webhooks/stripe",
        "user_pool_id": there.pool_id,
        "web_app_client_id": there.client_id,
        "table": TABLE,
    }
    assert facts(LOCAL, KEYS, healthy=True, donations=donations)["donations"] == donations


def test_shell_exports():
    lines = exports(LOCAL, facts(LOCAL, KEYS, healthy=True), "demo")
    done = subprocess.run(
        ["sh", "-c", f'{lines}\necho "$PAYSANDBOX_BASE_URL $PAYSANDBOX_API_KEY"'],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"http://127.0.0.1:4600 {DEMO}\n"


def test_aws_tools_get_endpoint_and_access_key():
    done = subprocess.run(
        ["sh", "-c", f'{aws_exports(LOCAL)}\necho "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY"'],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "http://localhost:4600 ID se cret\n"


def test_aws_environments_have_no_access_key():
    with pytest.raises(Failure, match="your own credentials"):
        aws_exports(Target("dev", "eu-west-1", "https://api.example/live", None))


def test_missing_values_are_not_exported():
    target = Target("dev", "eu-west-1", "https://api.example/live", None)
    lines = exports(target, facts(target, [], healthy=False), "demo")

    assert "AWS_ENDPOINT" not in lines
    assert "API_KEY" not in lines


OTHERS = [MerchantKey("aaa", "sandbox", "sk_test_aaa_" + "z" * 32, "id3"), *KEYS]


@pytest.mark.parametrize("merchant, key", [("demo", DEMO), ("acme", ACME)])
def test_exported_key_belongs_to_the_named_merchant(merchant, key):
    assert f"PAYSANDBOX_API_KEY={key}" in exports(LOCAL, facts(LOCAL, OTHERS, healthy=True), merchant)


def test_a_merchant_without_a_key_is_not_exported():
    with pytest.raises(Failure, match="Merchant nobody has no API key in local") as failed:
        exports(LOCAL, facts(LOCAL, OTHERS, healthy=True), "nobody")
    assert "paysandbox keys create --merchant nobody" in failed.value.advice


def test_curl_example_is_complete():
    words = shlex.split(curl(LOCAL, "sk_test_demo_s").replace("\\\n", ""))

    assert words[:3] == ["curl", "-sS", "http://127.0.0.1:4600/payments/authorize"]
    assert "X-Api-Key: sk_test_demo_s" in words
    assert any(word.startswith("X-Idempotency-Key: try-") for word in words)


def test_docs_url_is_the_sandboxs():
    assert docs_url(LOCAL) == "http://127.0.0.1:4600/docs"


def test_stripe_example_is_valid_python():
    """The API's address and no path: the SDK adds its own `/v1`."""
    call = ast.parse(stripe_client(LOCAL, DEMO), mode="eval").body
    assert isinstance(call, ast.Call)
    assert ast.unparse(call.func) == "stripe.StripeClient"
    assert [ast.literal_eval(argument) for argument in call.args] == [DEMO]
    assert {named.arg: ast.literal_eval(named.value) for named in call.keywords} == {
        "base_addresses": {"api": "http://127.0.0.1:4600"}
    }
