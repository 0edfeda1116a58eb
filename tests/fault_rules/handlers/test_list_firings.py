"""GET /sandbox/faults/log: the latest faults, the newest first."""

from paysandbox.core.headers import FAULT_HEADER
from paysandbox.fault_rules.routes import LIST_FIRINGS
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from tests.support.builders import build
from tests.support.builders.build import OTHER_MERCHANT, api_key
from tests.support.clients.call import send


def authorize(key: str, fault: str) -> None:
    send(AUTHORIZE_PAYMENT, body=build.authorize_body(), key=key, headers={FAULT_HEADER: fault})


def test_faults_are_listed_newest_first() -> None:
    for key, fault in (("a", "throttle"), ("b", "fail_before_commit")):
        authorize(key, fault)
    assert [firing["fault"] for firing in send(LIST_FIRINGS).json["data"]] == ["fail_before_commit", "throttle"]
    assert send(LIST_FIRINGS, api_key=api_key(OTHER_MERCHANT)).json["data"] == []
