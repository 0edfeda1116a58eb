"""Methods and paths of the routes that the program calls most often.

The route table (`paysandbox.*.routes`) contains them too, together with the models of the bodies, whose import takes
longer than a local request. tests/cli/test_api_paths.py compares the two.
"""

from typing import Final, NamedTuple


class ApiPath(NamedTuple):
    """A method and a path."""

    method: str
    path: str


AUTHORIZE_PAYMENT: Final = ApiPath("POST", "/payments/authorize")
CAPTURE_PAYMENT: Final = ApiPath("POST", "/payments/capture")
VOID_PAYMENT: Final = ApiPath("POST", "/payments/void")
REFUND_PAYMENT: Final = ApiPath("POST", "/payments/refund")
GET_PAYMENT: Final = ApiPath("GET", "/payments/{transaction_id}")
LIST_PAYMENTS: Final = ApiPath("GET", "/payments")
LIST_DISPUTES: Final = ApiPath("GET", "/disputes")
GET_DISPUTE: Final = ApiPath("GET", "/disputes/{dispute_id}")
SUBMIT_EVIDENCE: Final = ApiPath("POST", "/disputes/{dispute_id}/evidence")
ACCEPT_DISPUTE: Final = ApiPath("POST", "/disputes/{dispute_id}/accept")
LIST_SIMULATIONS: Final = ApiPath("GET", "/sandbox/simulate")
GET_SIMULATION: Final = ApiPath("GET", "/sandbox/simulate/{object_id}")
SIMULATE_ACTION: Final = ApiPath("POST", "/sandbox/simulate/{object_id}/{action}")
GET_SETTINGS: Final = ApiPath("GET", "/sandbox/settings")
UPDATE_SETTINGS: Final = ApiPath("PATCH", "/sandbox/settings")
LIST_REQUESTS: Final = ApiPath("GET", "/requests")
GET_REQUEST: Final = ApiPath("GET", "/requests/{request_id}")
