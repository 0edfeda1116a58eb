"""The wall from outside: it stops attempts of web pages in a real browser, and none of our own commands."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.stripe_objects.kinds import KINDS
from tests.e2e.conftest import REBOUND, Sandbox
from tests.support.clients.api import Api
from tests.support.clients.browser import Browser
from tests.support.clients.program import commands, paysandbox
from tests.support.fakes.wire import Reply, Request, Wire, served
from tests.support.tools.waiting import until

STACK = "by-a-web-page"
CODE = "import pathlib\ndef handler(event, context):\n    pathlib.Path({mark!r}).write_text('ran')\n"


def template(mark: Path) -> str:
    """Return a stack that runs code on creation: a function, and a custom resource that calls it."""
    trust = {"Version": "2012-10-17", "Statement": []}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Handler": "index.handler",
            "Runtime": "python3.12",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": CODE.format(mark=str(mark))},
        },
    }
    made = {"Type": "Custom::Run", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}}
    return json.dumps({"Resources": {"Role": role, "Function": function, "Made": made}})


def form(action: str, fields: dict[str, str]) -> str:
    """Return a page that submits a form as soon as it loads."""
    inputs = "".join(
        f"<textarea name='{name}'>{value.replace('&', '&amp;').replace('<', '&lt;')}</textarea>"
        for name, value in fields.items()
    )
    return f"<form method=post action='{action}'>{inputs}</form><script>document.forms[0].submit()</script>"


# Requests that a page can send to another origin without a preflight, and the answers that it can read.
FETCHES = """<script>
const tries = [%s], seen = [];
const one = async ([url, how]) => {
  try { const answer = await fetch(url, how); return [url, answer.type, answer.status, await answer.text()]; }
  catch (error) { return [url, "error", 0, String(error)]; }
};
Promise.all(tries.map(one)).then(all => fetch("/seen", {method: "POST", body: JSON.stringify(all)}))
  .then(() => { document.title = "seen"; });
</script>"""


def fetches(*tries: tuple[str, dict[str, Any]]) -> str:
    """Return a page that makes these requests and reports the readable answers to its own server."""
    return FETCHES % ",".join(json.dumps([url, how]) for url, how in tries)


@pytest.fixture
def browse(browser: Browser) -> Callable[..., str]:
    """Return a function that opens a page in a real browser and returns the document once `final` is true of it."""

    def open_page(url: str, final: str = "true") -> str:
        with browser.tab() as page:
            page.open(url)
            page.arrive(f"document.readyState === 'complete' && {final}")
            return page.read("document.documentElement.outerHTML")

    return open_page


def at(address: str) -> str:
    """Return the condition that the page of an address is shown, to which another one led."""
    return f"location.href.startsWith('{address}/')"


def pages(**by_path: str) -> Callable[[Request], Reply]:
    """Return a web server's replies with these pages."""

    def answer(request: Request) -> Reply:
        page = by_path.get(request.path.strip("/"))
        return Reply(200, page, {"Content-Type": "text/html"}) if page is not None else Reply(200)

    return answer


def seen_by(wire: Wire) -> list[list[Any]]:
    """Return the page's reports to its server."""
    return next(request.body for request in wire.requests if request.path == "/seen")


@pytest.fixture(params=["localhost", "127.0.0.1"])
def address(request: pytest.FixtureRequest, sandbox: Sandbox) -> str:
    """Return the sandbox's address under each of its names."""
    return f"http://{request.param}:{sandbox.port}"


@pytest.mark.full
def test_web_forms_cannot_run_code(browse: Callable[..., str], sandbox: Sandbox, address: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    fields = {"Action": "CreateStack", "Version": "2010-05-15", "StackName": STACK, "TemplateBody": template(mark)}
    with served(pages(attack=form(f"{address}/", fields))) as wire:
        shown = browse(f"{wire.base_url}/attack", final=at(address))

    assert "resource_not_found" in shown
    stacks = sandbox.target.client("cloudformation").list_stacks()["StackSummaries"]
    assert STACK not in {stack["StackName"] for stack in stacks}
    assert not mark.exists()


def test_web_forms_cannot_reset_the_sandbox(
    browse: Callable[..., str], api: Api, sandbox: Sandbox, address: str
) -> None:
    paid = api.authorize().raise_for_status().json()["auth_id"]
    with served(pages(attack=form(f"{address}/_ministack/reset", {"a": "b"}))) as wire:
        browse(f"{wire.base_url}/attack", final=at(address))

    assert api.http.get(f"/payments/{paid}").status_code == 200
    assert sandbox.json("status")["healthy"]


def test_cross_origin_fetches_have_no_access(browse: Callable[..., str], sandbox: Sandbox, address: str) -> None:
    plain = {"method": "POST", "headers": {"Content-Type": "text/plain"}}
    aws_json = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.ListTables"}
    tries = [
        (f"{address}/apikeys?includeValues=true", {}),
        (f"{address}/apikeys?includeValues=true", {"mode": "no-cors"}),
        (f"{address}/_ministack/ses/messages", {}),
        (f"{address}/_ministack/ready", {}),
        (f"{address}/?Action=ListTopics&Version=2010-03-31", {}),
        (f"{address}/?X-Amz-Credential=x&Action=ListTopics&Version=2010-03-31", {}),
        (f"{address}/_ministack/config", {**plain, "body": "{}"}),
        (f"{address}/", {"method": "POST", "headers": aws_json, "body": "{}"}),
    ]
    with served(pages(attack=fetches(*tries))) as wire:
        browse(f"{wire.base_url}/attack", final="document.title === 'seen'")
        seen = seen_by(wire)

    assert len(seen) == len(tries)
    key = sandbox.json("keys", "create", "--merchant", "to-be-read")["api_key"]
    for url, kind, status, text in seen:
        # `GET /` is the API's own page of links, whatever its query says.
        as_api = (kind, status, text[:1]) == ("cors", 200, "{") and '"links"' in text
        assert as_api or (kind, status) in {("cors", 404), ("opaque", 0), ("error", 0)}, url
        assert not any(word in text for word in (key, "TableNames", "ListTopicsResponse", "messages"))


@pytest.mark.full
def test_rebound_dns_names_are_not_served(browse: Callable[..., str], sandbox: Sandbox) -> None:
    there = f"http://{REBOUND}:{sandbox.port}"
    for path in ("/apikeys?includeValues=true", "/docs", "/health"):
        assert "host_not_allowed" in browse(f"{there}{path}"), path


@pytest.mark.full
def test_pages_open_under_both_host_names(browse: Callable[..., str], address: str) -> None:
    assert "capture_exceeds_authorized" in browse(f"{address}/docs/errors")


def test_report_links_work_from_a_page(browse: Callable[..., str], sandbox: Sandbox) -> None:
    s3 = sandbox.target.client("s3")
    bucket = sandbox.target.outputs("settlement")["ReportsBucket"]
    s3.put_object(Bucket=bucket, Key="a/b.txt", Body=b"the report", ContentType="text/plain")
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    key = sandbox.target.access_key
    assert key is not None
    request = AWSRequest("GET", f"{sandbox.aws_endpoint_url}/{bucket}/a/b.txt")
    S3SigV4QueryAuth(Credentials(key.id, key.secret), "s3", "us-east-1").add_auth(request)
    link = str(request.url).replace("&", "&amp;")
    click_it = f"<a id=report href='{link}'>report</a><script>document.getElementById('report').click()</script>"
    with served(pages(docs=click_it)) as wire:
        assert "the report" in browse(f"{wire.base_url}/docs", final=at(sandbox.aws_endpoint_url))
    s3.delete_object(Bucket=bucket, Key="a/b.txt")


@pytest.mark.parametrize("service", ["glacier", "no-such-service"])
def test_services_that_the_engine_lacks_are_named(sandbox: Sandbox, service: str) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    key = sandbox.target.access_key
    assert key is not None
    request = AWSRequest("GET", f"{sandbox.aws_endpoint_url}/apikeys")
    SigV4Auth(Credentials(key.id, key.secret), service, "us-east-1").add_auth(request)
    answer = httpx.get(str(request.url), headers=dict(request.headers), trust_env=False)
    assert (answer.status_code, answer.json()) == (400, {"error": f"Unsupported service: {service}"})


# --- our own commands -------------------------------------------------------------------------------------------------


@pytest.fixture
def ours(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Return a function that runs a command on the sandbox and parses each JSON value of its output."""
    monkeypatch.setenv("PAYSANDBOX_HOME", str(sandbox.home))

    def run(*words: str, piped: str = "", exit_code: int = 0) -> list[Any]:
        ran = paysandbox(*words, "--json", piped=piped)
        assert ran.exit_code == exit_code, f"{' '.join(words)}\n{ran.stdout}\n{ran.stderr}"
        read, found, decoder = 0, list[Any](), json.JSONDecoder()
        while rest := ran.stdout[read:].lstrip():
            value, end = decoder.raw_decode(rest)
            found.append(value)
            read = len(ran.stdout) - len(rest) + end
        return found

    return run


# Other tests run these, and check the wall's log themselves or restart the sandbox. The last three ask nobody.
ELSEWHERE = {
    ("up",),
    ("down",),
    ("listen",),
    ("mcp",),
    ("verify",),
    ("state", "save"),
    ("state", "restore"),
    ("state", "list"),
    ("state", "remove"),
    ("disbursements", "secrets", "set"),
    ("help",),
    ("version",),
    ("completion",),
}


def script(folder: Path, program: str) -> Path:
    """Write a program to a file, whose only argument can then be ours."""
    file = folder / "reader.py"
    file.write_text(program)
    return file


@pytest.fixture
def clock_reset(sandbox: Sandbox) -> Iterator[None]:
    """Reset the shared sandbox to wall time, whatever the test's result."""
    yield
    sandbox.run("clock", "reset")


@pytest.mark.full
@pytest.mark.usefixtures("clock_reset")
def test_commands_are_not_blocked(
    ours: Callable[..., list[Any]], refused: Callable[[], list[str]], tmp_path: Path
) -> None:
    done: set[tuple[str, ...]] = set()

    def run(name: str, *words: str, piped: str = "", exit_code: int = 0) -> Any:
        done.add(tuple(name.split()))
        return next(iter(ours(*name.split(), *words, piped=piped, exit_code=exit_code)), None)

    run("status")
    run("doctor")
    run("cards")
    run("eject", str(tmp_path / "app"))
    key_id = run("keys create", "--merchant", "walker", "--plan", "load")["key_id"]
    run("keys list")
    run("keys sync")
    run("keys import", "--merchant", "walker", piped="sk_test_51WalkerWalkerWal1234567890abcd\n")
    # After the batches of other tests: an entry before the last cut-off is late, or settled already.
    run("clock advance", "2d")
    held = run("pay authorize", "12.50", "--merchant", "walker")["auth_id"]
    run("pay increment", held, "1.00", "--merchant", "walker")
    run("pay capture", held, "5.00", "--merchant", "walker")
    run("pay void", held, "--merchant", "walker")
    run("pay refund", held, "1.00", "--merchant", "walker")
    run("pay show", held, "--merchant", "walker")
    run("pay list", "--merchant", "walker")
    run("simulate", held, "--merchant", "walker")
    run("settings", "--merchant", "walker")
    sold = run("pay authorize", "5.00", "--capture", "automatic", "--merchant", "walker")["auth_id"]
    run("simulate", sold, "dispute", "--merchant", "walker")
    dispute = until(lambda: run("disputes list", "--merchant", "walker")["data"], "a dispute")[0]["dispute_id"]
    run("disputes show", dispute, "--merchant", "walker")
    run("disputes evidence", dispute, "--field", "receipt=file_1", "--merchant", "walker")
    run("disputes accept", dispute, "--merchant", "walker")
    with served(lambda _: Reply(200)) as wire:
        endpoint = run("endpoints create", "--url", wire.base_url, "--merchant", "walker")["endpoint_id"]
        run("endpoints list", "--merchant", "walker")
        run("endpoints show", endpoint, "--merchant", "walker")
        run("endpoints update", endpoint, "--description", "x", "--merchant", "walker")
        run("endpoints test", endpoint, "--merchant", "walker")
        run("endpoints rotate", endpoint, "--merchant", "walker")
        run("trigger", "payment_captured", "--merchant", "walker")
        event = until(lambda: run("events list", "--merchant", "walker")["data"], "an event")[0]["id"]
        run("events show", event, "--merchant", "walker")
        run("events resend", event, "--merchant", "walker")
        delivery = until(lambda: run("deliveries list", "--merchant", "walker")["data"], "a delivery")[0]["delivery_id"]
        run("deliveries show", delivery, "--merchant", "walker")
        run("endpoints replay", endpoint, "--since", "1h", "--merchant", "walker")
        run("endpoints delete", endpoint, "--merchant", "walker")
    run("disbursements customers create", "walker1", "unclaimed@example.com", "--merchant", "walker")
    run("disbursements customers show", "walker1", "--merchant", "walker")
    run("disbursements customers list", "--merchant", "walker")
    run(
        "disbursements customers update", "walker1", "unclaimed@example.com", "--name", "Walker", "--merchant", "walker"
    )
    run("disbursements fund", "20", "--merchant", "walker")
    made = run("disbursements create", "walker1", "10", "--merchant", "walker")["payment_id"]
    until(lambda: run("disbursements list", "--merchant", "walker")["data"], "a disbursement")
    until(
        lambda: run("disbursements show", made, "--merchant", "walker")["status"] == "unclaimed",
        "its provider's answer",
    )
    run("disbursements resolve", made, "paid", "--yes", exit_code=1)  # its outcome is known
    run("disbursements cancel", made, "--merchant", "walker")
    run("disbursements secrets show")
    statement = tmp_path / "paypal.csv"
    run("disbursements statement", "--date", "2026-01-01", "--output", str(statement))
    run("disbursements reconcile", str(statement))
    run("redrive", "webhooks")
    run("events rebuild", "--since", "1h", "--dry-run")
    run("settlements run", "--now", "--wait")
    batch = run("settlements list", "--merchant", "walker")["data"][0]["batch"]
    run("settlements show", batch, "--merchant", "walker")
    run("balance", "--merchant", "walker")
    run("balance transactions", "--merchant", "walker")
    report = tmp_path / "report.csv"
    run("settlements download", batch, "--merchant", "walker", "--output", str(report))
    run("settlements reconcile", str(report))
    run("logs", "--since", "1m")
    run("metrics")
    run("get", "/payments?limit=1", "--merchant", "walker")
    run("post", "/payments/authorize", "--data", "{}", "--merchant", "walker", exit_code=1)
    logged = until(lambda: run("requests list", "--merchant", "walker")["data"], "a request")[0]["request_id"]
    run("requests show", logged, "--merchant", "walker")
    run("requests explain", logged, "--merchant", "walker")
    run("find", logged, "--merchant", "walker")
    for name, kind in KINDS.items():
        run(f"{name} list", "--merchant", "walker")
        run(f"{name} create", "nothing=1", "--merchant", "walker", exit_code=1)
        for verb in ("show", "update", *(["delete"] if kind.deletes else [])):
            run(f"{name} {verb}", "nobody", "--merchant", "walker", exit_code=1)
    rule = run("faults add", "commit_then_reset", "--route", "void_payment", "--merchant", "walker")["fault_id"]
    run("faults list", "--merchant", "walker")
    run("faults remove", rule, "--merchant", "walker")
    run("faults log", "--merchant", "walker")
    run("faults kinds")
    run("docs list")
    run("docs search", "lost answer")
    run("docs show", "how-to/lose-answers")
    seed = tmp_path / "seed.toml"
    seed.write_text('[customers.ada]\nname = "Ada"\n')
    run("seed", str(seed), "--merchant", "walker")
    run("open", "--print")
    run("donations sign-up")
    run("donations sign-in")
    donation = run("donations create", "--amount", "5.00")["donation_id"]
    run("donations list")
    run("donations receipts")
    run("redrive", "payments")
    run("redrive", "receipts")
    run("redrive", "requests")
    ours("donations", "resend-receipt", donation, "--yes", exit_code=1)  # the receipt was already sent
    done.add(("donations", "resend-receipt"))
    run("donations secrets list")
    run("donations secrets set", "STRIPE_WEBHOOK_SECRET", piped="whsec_" + "a" * 32)
    reader = "import os, urllib.request as u; u.urlopen(os.environ['PAYSANDBOX_BASE_URL'] + '/health')"
    run("lose", "--only", "1-first-reset", sys.executable, str(script(tmp_path, reader)))
    run("clock show")
    run("clock reset")
    run("audit")
    run("keys revoke", key_id)

    assert refused() == []
    every = {tuple(words.split()[1:]) for words, command in commands() if not hasattr(command, "commands")}
    assert every - done == ELSEWHERE


def test_aws_tools_work_with_the_output_of_status(sandbox: Sandbox) -> None:
    lines = sandbox.run("status", "-o", "aws").stdout
    program = "import boto3; print(boto3.client('dynamodb').list_tables()['TableNames'])"
    done = subprocess.run(
        ["sh", "-c", f'{lines}\nexec "$0" -c "$1"', sys.executable, program],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": str(sandbox.home)},
    )
    assert "paysandbox-local-PaymentsLedger" in done.stdout


def test_access_key_is_owner_only_and_not_logged(sandbox: Sandbox) -> None:
    key = sandbox.target.access_key
    assert key is not None
    assert (sandbox.home / "access-key.json").stat().st_mode & 0o777 == 0o600
    # A sandbox started from an image has no deployment log.
    logs = {log.name: log.read_text(errors="replace") for log in sandbox.home.glob("*.log")}
    assert "engine.log" in logs
    assert [name for name, text in logs.items() if key.secret in text] == []
    assert httpx.get(f"{sandbox.base_url}/access-key.json").status_code == 404
