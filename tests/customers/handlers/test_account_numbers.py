"""No account number outlives its request, whether it was accepted or not: not in a table, a log or an answer."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from paysandbox.customers.routes import CREATE_CUSTOMER, UPDATE_CUSTOMER
from paysandbox.http import middleware
from paysandbox.request_log import tables as request_log_table
from request_log import store_requests
from tests.support.builders.disbursements import BANK_ACCOUNT, CUSTOMER_ID, EMAIL
from tests.support.clients.call import Merchant, Reply, send
from tests.support.clients.disbursement_requests import Payer
from tests.support.fakes.deliveries import delivery
from tests.support.tools.card_numbers import found_in
from tests.support.worlds import table_snapshot

# Other tests cover every line that this one runs; tracing would double its time.
pytestmark = pytest.mark.untraced

PUBLISHED: Final = "000111111116"
LIVE: Final = "98765432109876"
"""No published account has this number, so it may be a real one."""

Printed = Callable[[], str]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """Return everything written to standard output and standard error since the last call."""
    return lambda: "".join(capsys.readouterr())


def left(printed: Printed, demo: Merchant, *replies: Reply) -> bytes:
    """Return every byte that requests leave in tables, the output, the request log and the replies."""
    lines = printed()
    store_requests.handler(delivery(*lines.splitlines()), None)
    log = request_log_table.request_log()
    kept = [*table_snapshot.everything(), *log.client.scan(TableName=log.table)["Items"]]
    shown = [demo.requests(limit="100"), *(demo.request(reply.headers["Request-Id"]) for reply in replies)]
    texts = [f"{reply.text} {dict(reply.headers)}" for reply in (*replies, *shown)]
    return "\n".join([lines, json.dumps(kept, default=str, ensure_ascii=False), *texts]).encode()


def test_of_an_account_that_is_accepted(payer: Payer, demo: Merchant, printed: Printed) -> None:
    """The last four digits are in its place, which shows that the body was searched."""
    account = BANK_ACCOUNT | {"account_number": PUBLISHED}
    replies = [
        payer.create_customer(bank_account=account),
        payer.create_customer(bank_account=account | {"account_type": "savings"}),
        payer.update_customer(email="new@example.com", bank_account=account),
        payer.customer(),
        payer.update_customer(email=EMAIL),
        payer.update_customer("nobody", email=EMAIL, bank_account=account),
    ]
    assert [reply.status for reply in replies] == [200, 409, 200, 200, 200, 404]
    content = left(printed, demo, *replies)
    assert found_in(content, [PUBLISHED]) == set()
    assert b"********1116" in content


def _account(**parts: Any) -> Mapping[str, Any]:
    return {"bank_account": BANK_ACCOUNT | parts}


# Places where it may end up by mistake. Each is refused.
WRONG_PLACES: Final[Mapping[str, Mapping[str, Any]]] = {
    "account_number": _account(account_number=LIVE),
    "account_number, too long": _account(account_number=LIVE * 2),
    "account_number, as a number": _account(account_number=int(LIVE)),
    "account_number, in a list": _account(account_number=[LIVE]),
    "account_number, spaced": _account(account_number=" ".join(LIVE)),
    "account_number beside a wrong routing number": _account(account_number=LIVE, routing_number="110000001"),
    "account_type": _account(account_type=LIVE),
    "routing_number": _account(routing_number=LIVE),
    "last4": _account(last4=LIVE),
    "an unknown field": _account(acount=LIVE),
    "bank_account": {"bank_account": LIVE},
    "bank_account, in a list": {"bank_account": [LIVE]},
    "account_number of the customer": {"account_number": LIVE},
    "accountNumber of the customer": {"accountNumber": LIVE},
}


@pytest.mark.parametrize("place", WRONG_PLACES)
def test_of_an_account_that_is_refused(place: str, demo: Merchant, printed: Printed) -> None:
    body = {"email": EMAIL, **WRONG_PLACES[place]}
    replies = [
        send(CREATE_CUSTOMER, body={"customer_id": CUSTOMER_ID, **body}),
        send(UPDATE_CUSTOMER, path={"customer_id": CUSTOMER_ID}, body=body),
    ]
    assert [reply.status for reply in replies] == [400, 400]
    assert found_in(left(printed, demo, *replies), [LIVE, " ".join(LIVE)]) == set()


def test_masking_hides_it(payer: Payer, demo: Merchant, printed: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The searches above cover the places that hold bodies."""
    monkeypatch.setattr(middleware, "masked", lambda event, _: event["body"])
    reply = payer.create_customer(bank_account=BANK_ACCOUNT | {"account_number": PUBLISHED})
    assert found_in(left(printed, demo, reply), [PUBLISHED]) == {PUBLISHED}
