"""GET /sandbox/simulate: the table of actions."""

from paysandbox.payments.simulation import ACTIONS
from paysandbox.simulate.routes import LIST_SIMULATIONS
from tests.support.call import send


def test_every_action_is_listed_with_its_statuses_and_parameters() -> None:
    body = send(LIST_SIMULATIONS).json
    listed = [
        (each["kind"], each["action"], each["statuses"], [one["name"] for one in each["parameters"]])
        for each in body["data"]
    ]
    expected = [
        (str(one.kind), one.name, [*one.statuses], [parameter.name for parameter in one.parameters]) for one in ACTIONS
    ]
    assert sorted(listed) == sorted(expected)
    assert body["next_cursor"] is None
