"""The suite of a sample: when it counts as run, and Stripe's hosts as its browser sees them."""

import httpx
import pytest

from integrations.listed import Proof, integrations
from integrations.outcome import Verdict
from integrations.own_suite import DOES, PARTS, Example, lacking, suite_outcome
from integrations.stripe_hosts import BrowserHosts, stripe_hosts
from tests.support.fakes.wire import Reply, served

[SUITE] = [one for one in integrations() if one.proof is Proof.SUITE]
CARD = "custom_payment_flow_e2e: Card: happy path"
ALIPAY = "custom_payment_flow_e2e: Alipay"


@pytest.mark.parametrize(
    "name, status, refused, verdict, why",
    [
        (CARD, "passed", "fonts.googleapis.com", Verdict.RUNS, ""),
        (CARD, "failed", "", Verdict.FAILS, f"{CARD}: No button"),
        (CARD, "pending", "", Verdict.RUNS, ""),
        (ALIPAY, "failed", "", Verdict.RUNS, f"other methods than cards are not simulated ({ALIPAY})"),
        (ALIPAY, "passed", "", Verdict.RUNS, ""),
        (CARD, "passed", "m.stripe.com", Verdict.FAILS, "it called m.stripe.com"),
    ],
)
def test_when_it_runs(name: str, status: str, refused: str, verdict: Verdict, why: str) -> None:
    ran = [*(Example(one, "passed") for one in DOES), Example(name, status, "No button")]
    outcome = suite_outcome(SUITE, ran, BrowserHosts(refused={refused} - {""}))
    assert (outcome.verdict, outcome.why) == (verdict, why)
    assert outcome.worked[0].what == (
        f"{2 + (status == 'passed')} of 3 examples pass, {int(status == 'pending')} skip themselves"
    )


def test_no_example_of_a_card_or_of_elements_may_fail() -> None:
    named = [name for part in PARTS for name in part.beyond]
    assert [name for name in named if "Card" in name or "element" in name] == []


def test_what_a_machine_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert lacking().startswith("ruby, rspec, chromium, chromedriver not found: apt-get install ruby ")


def test_stripes_hosts_and_no_others() -> None:
    made = Reply(201, "made", {"X-Made": "yes"})
    with served(lambda _: made) as sandbox, stripe_hosts(sandbox.base_url) as hosts:
        url = f"https://127.0.0.1:{hosts.port}/v1/tokens?a=b"
        with httpx.Client(verify=False, trust_env=False) as browser:  # noqa: S501 - as --ignore-certificate-errors
            sent = {"Host": "api.stripe.com", "Origin": "https://shop.example", "Authorization": "Bearer pk_test_1"}
            reply = browser.post(url, headers=sent, data={"x": "1"})
            other = browser.get(url, headers={"Host": "m.stripe.com"})
        assert f"MAP * 127.0.0.1:{hosts.port}" in hosts.flags[0]
    assert (reply.status_code, reply.text, reply.headers["x-made"], other.status_code) == (201, "made", "yes", 502)
    assert (hosts.answered, hosts.refused) == ({"api.stripe.com"}, {"m.stripe.com"})
    [request] = sandbox.requests
    assert (request.path, request.query, request.body) == ("/v1/tokens", {"a": "b"}, {"x": "1"})
    assert ("authorization" in request.headers, "origin" in request.headers) == (True, False)
