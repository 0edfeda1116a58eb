"""POST /webhooks/paypal: PayPal reports what became of an item, and forgeries change nothing."""

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from engine.paypal import account, certificates
from engine.paypal.account import SimulatedAccount
from engine.paypal.webhooks import event_body, signed_headers
from paysandbox.aws import runtime
from paysandbox.core.body_limits import MAX_OPEN_BYTES
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.paypal import rail as paypal_rail
from paysandbox.disbursements.paypal.signature import NEWEST, OLDEST
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.routes import RECEIVE_PAYPAL_EVENT
from paysandbox.disbursements.steps import Step, stepped
from paysandbox.disbursements.store import tables
from paysandbox.disbursements.store.disbursements_table import accept, find, put_after
from paysandbox.funds.funds_table import add_funding
from tests.support.builders import disbursements
from tests.support.clients.call import Reply, send
from tests.support.fakes import paypal_server
from tests.support.fakes.paypal_server import PaypalServer
from tests.support.tools.tiers import full_but
from tests.support.worlds.handlers import Lines

_numbers: Final = count(1_000)
HOUR: Final = timedelta(hours=1)
YEAR: Final = timedelta(days=365)

Headers = dict[str, str]


def sent_to(paypal: PaypalServer, email: str = "jane@example.com") -> Disbursement:
    """Store a disbursement that PayPal has."""
    table, at = tables.disbursements(), runtime.now()
    add_funding(table.funds, disbursements.funding(next(_numbers)))
    given = accept(table, disbursements.accepted(next(_numbers), email=email, created_at=at))
    sent = stepped(given, Step.SEND, Source.WORKER, at)
    assert put_after(table, given, sent)
    assert isinstance(paypal_rail.rail().send(sent), ProviderUpdate)
    return sent


def stored(disbursement: Disbursement) -> Disbursement:
    """Return the disbursement as it is stored now."""
    found = find(tables.disbursements(), disbursement.merchant, disbursement.customer_id, disbursement.id)
    assert found is not None
    return found


def webhook(paypal: PaypalServer, disbursement: Disbursement, reported: int = 0, **resource: Any) -> bytes:
    """Return PayPal's webhook of a status of the item, with other fields of its resource."""
    [payout] = paypal.api.payouts.with_sender_batch_id(disbursement.batch_id)
    event = json.loads(event_body(paypal.api, replace(payout, reported=reported)))
    event["resource"] |= resource
    return json.dumps(event).encode()


def signed(paypal: PaypalServer, body: bytes, **parts: Any) -> Headers:
    """Return the headers that PayPal sends with a body. `parts` are those of `signed_headers`."""
    return signed_headers(paypal.api.account, paypal.base_url, body, **parts)


def post(body: bytes, headers: Headers) -> Reply:
    return send(RECEIVE_PAYPAL_EVENT, body=body, headers=headers, in_base64=True)


def deliver(paypal: PaypalServer, body: bytes) -> Reply:
    return post(body, signed(paypal, body))


@pytest.mark.parametrize(
    "parts",
    [{"gateway": "aws"}, {"gateway": "engine"}, {"case": "upper"}, {"multi": "only"}, {"multi": "never"}],
    ids=str,
)
def test_header_names_are_case_insensitive(parts: dict[str, Any], paypal: PaypalServer) -> None:
    given = sent_to(paypal)
    body = webhook(paypal, given)
    reply = send(RECEIVE_PAYPAL_EVENT, body=body, headers=signed(paypal, body), in_base64=True, **parts)
    assert (reply.status, str(stored(given).status)) == (200, "paid")


@pytest.mark.parametrize(
    "email, statuses",
    [
        ("jane@example.com", ["paid"]),
        ("unclaimed@example.com", ["unclaimed", "returned"]),
        ("claimed@example.com", ["unclaimed", "paid"]),
        ("held@example.com", ["held", "paid"]),
        ("blocked@example.com", ["blocked", "returned"]),
        ("failed+RECEIVER_UNCONFIRMED@example.com", ["failed"]),
        ("refunded@example.com", ["paid", "returned"]),
        ("reversed@example.com", ["paid", "returned"]),
    ],
)
def test_webhooks_of_an_item_are_applied(paypal: PaypalServer, email: str, statuses: list[str]) -> None:
    given = sent_to(paypal, email)
    for place, status in enumerate(statuses):
        reply = deliver(paypal, webhook(paypal, given, place))
        assert (reply.status, reply.json) == (200, {"received": True})
        assert str(stored(given).status) == status
    after = stored(given)
    assert (after.reference is not None, after.item_reference is not None) == (True, True)
    assert after.provider_fee == (0 if statuses == ["failed"] else 25)
    assert [change.source for change in after.trail[2:]] == [Source.PROVIDER] * len(statuses)


def test_the_code_is_recorded(paypal: PaypalServer) -> None:
    given = sent_to(paypal, "failed+RECEIVER_UNCONFIRMED@example.com")
    deliver(paypal, webhook(paypal, given))
    assert stored(given).code == "RECEIVER_UNCONFIRMED"


def test_repeated_webhooks_change_nothing(paypal: PaypalServer) -> None:
    given = sent_to(paypal)
    body = webhook(paypal, given)
    deliver(paypal, body)
    once = stored(given)
    assert deliver(paypal, body).status == 200
    assert stored(given) == once


def test_webhooks_out_of_order_change_nothing(paypal: PaypalServer) -> None:
    given = sent_to(paypal, "unclaimed@example.com")
    deliver(paypal, webhook(paypal, given, 1))
    returned = stored(given)
    assert returned.status is Status.RETURNED
    assert deliver(paypal, webhook(paypal, given, 0)).status == 200
    assert stored(given) == returned


@pytest.mark.parametrize(
    "resource",
    [
        {"sender_batch_id": "of another sandbox"},
        {"sender_batch_id": None},
        {"payout_item": {"sender_item_id": "20261122T114703.123456Z-abcdefghij"}},
        {"payout_item": {"sender_item_id": "no ID"}},
        {"payout_item": "no object"},
        {"transaction_status": "INVENTED"},
    ],
    ids=["another batch", "no batch", "unknown ID", "malformed ID", "no item", "unknown status"],
)
def test_webhooks_of_no_disbursement_are_received_and_logged(
    paypal: PaypalServer, lines: Lines, resource: dict[str, Any]
) -> None:
    """PayPal would repeat a refused one for three days."""
    given = sent_to(paypal)
    lines()
    reply = deliver(paypal, webhook(paypal, given, **resource))
    assert (reply.status, reply.json) == (200, {"received": True})
    assert "PayPal webhook not applied" in str(lines())
    assert stored(given).status is Status.PROCESSING


def test_an_item_of_another_amount_is_not_applied(paypal: PaypalServer) -> None:
    given = sent_to(paypal)
    item = {"sender_item_id": given.id, "amount": {"value": "99.00", "currency": "USD"}}
    assert deliver(paypal, webhook(paypal, given, payout_item=item)).status == 200
    assert stored(given).status is Status.PROCESSING


def test_webhooks_of_a_batch_are_received(paypal: PaypalServer) -> None:
    body = b'{"id": "WH-1", "event_type": "PAYMENT.PAYOUTSBATCH.SUCCESS", "resource": {"batch_header": {}}}'
    assert deliver(paypal, body).status == 200


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"no JSON", b'{"id": "WH-1"}', b'{"id": 1, "event_type": 2, "resource": 3}']
)
def test_other_signed_bodies_are_refused(paypal: PaypalServer, body: bytes) -> None:
    reply = deliver(paypal, body)
    assert (reply.status, reply.code) == (400, "request_invalid")


def test_large_bodies_are_refused(paypal: PaypalServer) -> None:
    assert deliver(paypal, b" " * (MAX_OPEN_BYTES + 1)).code == "body_too_large"


def test_without_credentials_it_is_a_503(paypal: PaypalServer) -> None:
    runtime.ssm().delete_parameter(Name=paypal_server.PARAMETER)
    assert deliver(paypal, b"{}").code == "paypal_not_configured"


def test_a_changed_webhook_id_is_read_again(paypal: PaypalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from paysandbox.disbursements.paypal import credentials as paypal_credentials

    given = sent_to(paypal)
    body = webhook(paypal, given)
    monkeypatch.setattr(paypal_credentials, "PATIENCE", timedelta())
    paypal.store_credentials(webhook_id="WH-OTHER")
    paypal_server.forget()
    assert deliver(paypal, body).code == "signature_invalid"
    paypal.store_credentials()
    assert deliver(paypal, body).status == 200


# --- forgeries --------------------------------------------------------------------------------------------------------

Forge = Callable[[PaypalServer, bytes], Headers]


def other_body(paypal: PaypalServer, body: bytes) -> Headers:
    return signed(paypal, body + b" ")


def other_webhook(paypal: PaypalServer, body: bytes) -> Headers:
    return signed_headers(replace(paypal.api.account, webhook_id="WH-OTHER"), paypal.base_url, body)


def with_url(change: Callable[[str], str]) -> Forge:
    def forge(paypal: PaypalServer, body: bytes) -> Headers:
        headers = signed(paypal, body)
        return headers | {"PAYPAL-CERT-URL": change(headers["PAYPAL-CERT-URL"])}

    return forge


def with_certificate(make: Callable[[PaypalServer], SimulatedAccount]) -> Forge:
    """Let PayPal's own host serve another certificate, and sign with its key."""

    def forge(paypal: PaypalServer, body: bytes) -> Headers:
        made = make(paypal)
        object.__setattr__(paypal.api, "account", replace(paypal.api.account, certificate=made.certificate))
        return signed_headers(made, paypal.base_url, body)

    return forge


def issued(
    paypal: PaypalServer,
    *,
    trusted: bool = True,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    host: str = account.HOST,
) -> SimulatedAccount:
    """Return PayPal's account with another certificate and its key."""
    now = runtime.wall_now()
    root, root_key = _root() if trusted else certificates.make_root(not_before=now - YEAR, not_after=now + YEAR)
    made, key = certificates.issue(
        root, root_key, host, not_before=not_before or now - HOUR, not_after=not_after or now + HOUR
    )
    text = certificates.private_pem(key)
    if trusted:
        paypal.store_credentials(root_certificate=certificates.pem(root))
        paypal_server.forget()
    return replace(paypal.api.account, certificate=certificates.pem(made), private_key=text)


_roots: list[Any] = []


def _root() -> Any:
    """Return a root that the credentials name, made once: a key takes a moment."""
    if not _roots:
        now = runtime.wall_now()
        _roots.append(certificates.make_root(not_before=now - 5 * YEAR, not_after=now + YEAR))
    return _roots[0]


def self_signed(paypal: PaypalServer) -> SimulatedAccount:
    now = runtime.wall_now()
    made, key = certificates.make_root(not_before=now - HOUR, not_after=now + HOUR)
    text = certificates.private_pem(key)
    return replace(paypal.api.account, certificate=certificates.pem(made), private_key=text)


def other_key(paypal: PaypalServer, body: bytes) -> Headers:
    """Sign with a key that the trusted root certified, but not the one of the certificate that is named."""
    signing = replace(paypal.api.account, private_key=issued(paypal, trusted=False).private_key)
    return signed_headers(signing, paypal.base_url, body)


def weak_algorithm(paypal: PaypalServer, body: bytes) -> Headers:
    headers = signed(paypal, body)
    key: Any = load_pem_private_key(paypal.api.account.private_key.encode(), None)
    text = "|".join(
        [
            headers["PAYPAL-TRANSMISSION-ID"],
            headers["PAYPAL-TRANSMISSION-TIME"],
            paypal.api.account.webhook_id,
            str(zlib.crc32(body)),
        ]
    )
    return headers | {
        "PAYPAL-TRANSMISSION-SIG": base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA1())).decode(),  # noqa: S303 - the forgery
        "PAYPAL-AUTH-ALGO": "SHA1withRSA",
    }


def sent_at(change: Callable[[datetime], datetime]) -> Forge:
    return lambda paypal, body: signed(paypal, body, sent_at=change(runtime.wall_now()))


def with_header(name: str, value: str | None) -> Forge:
    def forge(paypal: PaypalServer, body: bytes) -> Headers:
        headers = {**signed(paypal, body)}
        if value is None:
            del headers[name]
        else:
            headers[name] = value
        return headers

    return forge


SIGNATURE_OF_NOTHING: Final = base64.b64encode(b"\0" * 256).decode()

FORGERIES: Final[dict[str, Forge]] = {
    "another body": other_body,
    "another webhook": other_webhook,
    "another host": with_url(lambda url: url.replace(account.HOST, "127.0.0.2")),
    "another port": with_url(lambda url: url.replace(":", ":1", 2).replace("http:1", "http:")),
    "a host that begins alike": with_url(lambda url: url.replace(account.HOST, f"{account.HOST}.evil.example")),
    "credentials in the URL": with_url(lambda url: url.replace("http://", "http://127.0.0.1@evil.example/")),
    "another path": with_url(lambda url: url.replace("/notifications/certs", "/oauth2")),
    "a path that leads out": with_url(lambda url: url.replace("CERT-sandbox", "../../oauth2/token")),
    "a file": with_url(lambda _: "file:///etc/passwd"),
    "no URL": with_url(lambda _: "http://[::1"),
    "a self-signed certificate": with_certificate(self_signed),
    "a certificate of an unknown root": with_certificate(lambda paypal: issued(paypal, trusted=False)),
    "an expired certificate": with_certificate(
        lambda paypal: issued(paypal, not_before=runtime.wall_now() - YEAR, not_after=runtime.wall_now() - HOUR)
    ),
    "a certificate that is not valid yet": with_certificate(
        lambda paypal: issued(paypal, not_before=runtime.wall_now() + HOUR, not_after=runtime.wall_now() + YEAR)
    ),
    "a certificate of another host": with_certificate(lambda paypal: issued(paypal, host="127.0.0.9")),
    "another valid key": other_key,
    "another algorithm": weak_algorithm,
    "an old transmission": sent_at(lambda now: now - OLDEST - HOUR),
    "a transmission in the future": sent_at(lambda now: now + NEWEST + HOUR),
    "no time": with_header("PAYPAL-TRANSMISSION-TIME", "yesterday"),
    "a time without a zone": with_header("PAYPAL-TRANSMISSION-TIME", "2026-11-22T12:00:00"),
    "another time": with_header("PAYPAL-TRANSMISSION-TIME", "2126-11-22T12:00:00Z"),
    "no signature": with_header("PAYPAL-TRANSMISSION-SIG", None),
    "a signature of nothing": with_header("PAYPAL-TRANSMISSION-SIG", SIGNATURE_OF_NOTHING),
    "no Base64": with_header("PAYPAL-TRANSMISSION-SIG", "!"),
}


FAST_FORGERIES: Final = {
    "another body",
    "another host",
    "no URL",
    "a certificate of an unknown root",
    "another algorithm",
    "an old transmission",
    "a transmission in the future",
    "no time",
    "a time without a zone",
    "no signature",
    "no Base64",
}
"""One of each reason to refuse."""


@pytest.mark.parametrize("forge", full_but(FORGERIES, keep=FAST_FORGERIES.__contains__))
def test_forgeries_are_refused(paypal: PaypalServer, forge: str) -> None:
    given = sent_to(paypal)
    body = webhook(paypal, given)
    headers = FORGERIES[forge](paypal, body)
    reply = post(body, headers)
    assert (reply.status, reply.code) == (400, "signature_invalid")
    assert stored(given).status is Status.PROCESSING


def test_a_certificate_that_was_issued_later_is_accepted(paypal: PaypalServer) -> None:
    """What the forgeries change is all that is wrong with them."""
    given = sent_to(paypal)
    body = webhook(paypal, given)
    headers = with_certificate(issued)(paypal, body)
    assert post(body, headers).status == 200


def test_the_certificate_is_downloaded_once(paypal: PaypalServer) -> None:
    given = sent_to(paypal)
    for _ in range(3):
        assert deliver(paypal, webhook(paypal, given)).status == 200
    assert sum("/notifications/certs/" in path for _, path, _ in paypal.requests) == 1


def test_forgeries_of_another_host_download_nothing(paypal: PaypalServer) -> None:
    before = len(paypal.requests)
    body = b"{}"
    post(body, FORGERIES["another path"](paypal, body))
    assert len(paypal.requests) == before


def test_a_certificate_that_cannot_be_read_is_a_503(paypal: PaypalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """PayPal sends the webhook again."""
    from paysandbox.http import outbound

    def failing(*_: Any, **__: Any) -> Any:
        raise outbound.NoAnswerError("ReadTimeoutError")

    given = sent_to(paypal)
    monkeypatch.setattr(outbound, "fetch", failing)
    assert deliver(paypal, webhook(paypal, given)).code == "paypal_unavailable"


def test_the_signature_is_rsa_over_id_time_webhook_and_crc(paypal: PaypalServer) -> None:
    """The text that is signed, written out."""
    body = b'{"a": 1}'
    headers = signed(paypal, body)
    key: Any = load_pem_private_key(paypal.api.account.private_key.encode(), None)
    text = (
        f"{headers['PAYPAL-TRANSMISSION-ID']}|{headers['PAYPAL-TRANSMISSION-TIME']}|"
        f"{paypal.api.account.webhook_id}|{zlib.crc32(body)}"
    )
    key.public_key().verify(base64.b64decode(headers["PAYPAL-TRANSMISSION-SIG"]), text.encode(), PKCS1v15(), SHA256())


@pytest.fixture(autouse=True)
def unchanged_account(paypal: PaypalServer) -> Iterator[None]:
    """Restore the account's certificate."""
    before = paypal.api.account
    yield
    object.__setattr__(paypal.api, "account", before)
