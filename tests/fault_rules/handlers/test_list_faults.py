"""GET /sandbox/faults: a merchant's own rules."""

from paysandbox.fault_rules.routes import LIST_FAULTS
from tests.fault_rules.scenarios import created
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.call import send


def test_the_rules_of_others_are_not_listed() -> None:
    mine = created()
    created(OTHER_MERCHANT)
    assert [rule["fault_id"] for rule in send(LIST_FAULTS).json["data"]] == [mine]
