"""The four requests of the payment app that this API comes from, as its README has them: without any further header.

Bodies have the parameters of its request models, with amounts in minor units, and nobody sends an idempotency key.
"""

import json
from typing import Any, Final

from paysandbox.customers.routes import CREATE_CUSTOMER, GET_CUSTOMER
from paysandbox.disbursements.routes import CREATE_DISBURSEMENT, LIST_DISBURSEMENTS
from paysandbox.http.route import Route
from tests.support.clients.call import Reply, send
from tests.support.clients.disbursement_requests import Payer, books

CUSTOMER: Final = {"customer_id": "unixuser1", "email": "unixuser1@example.com"}
PAYMENT: Final = {**CUSTOMER, "amount": 10_50, "currency": "USD"}


def ask(route: Route, body: Any = None, **path: str) -> Reply:
    text = json.dumps(body) if body is not None else None
    return send(route, body=text, key=None, path=path or None)


def test_the_four_requests(payer: Payer) -> None:
    payer.fund(100_00)
    assert ask(CREATE_CUSTOMER, CUSTOMER).status == 200
    assert ask(GET_CUSTOMER, customer_id="unixuser1").json.items() >= CUSTOMER.items()
    paid = ask(CREATE_DISBURSEMENT, PAYMENT)
    assert (paid.status, paid.json["status"]) == (202, "pending")
    [record] = ask(LIST_DISBURSEMENTS, customer_id="unixuser1").json["data"]
    assert record.items() >= {**PAYMENT, "payment_method": "paypal", "payment_id": paid.json["payment_id"]}.items()
    assert books() == {"USD": (100_00, 89_50, 10_50)}


def test_a_sort_key_is_a_date_in_iso_8601(payer: Payer) -> None:
    payment_id = payer.ready().accepted()
    time, _, _ = payment_id.partition("-")
    assert (len(time), time[8], time[-1]) == (len("20261122T114703.123456Z"), "T", "Z")
