"""Methods and paths of the routes that the program calls most often.

The route table (`paysandbox.*.routes`) contains them too, together with the models of the bodies, whose import takes
longer than a local request. tests/cli/connection/test_api_paths.py compares the two.
"""

from typing import Final, NamedTuple


class ApiPath(NamedTuple):
    """A method and a path."""

    method: str
    path: str


AUTHORIZE_PAYMENT: Final = ApiPath("POST", "/payments/authorize")
CAPTURE_PAYMENT: Final = ApiPath("POST", "/payments/capture")
INCREMENT_PAYMENT: Final = ApiPath("POST", "/payments/increment")
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
CREATE_FAULT: Final = ApiPath("POST", "/sandbox/faults")
LIST_FAULTS: Final = ApiPath("GET", "/sandbox/faults")
DELETE_FAULT: Final = ApiPath("DELETE", "/sandbox/faults/{fault_id}")
LIST_FIRINGS: Final = ApiPath("GET", "/sandbox/faults/log")
SEARCH_OBJECTS: Final = ApiPath("GET", "/search")
CREATE_CUSTOMER: Final = ApiPath("POST", "/v1/api/customer")
LIST_CUSTOMERS: Final = ApiPath("GET", "/v1/api/customer")
GET_CUSTOMER: Final = ApiPath("GET", "/v1/api/customer/{customer_id}")
UPDATE_CUSTOMER: Final = ApiPath("PUT", "/v1/api/customer/{customer_id}")
FUND_MERCHANT: Final = ApiPath("POST", "/sandbox/fund")
GET_FUNDS: Final = ApiPath("GET", "/sandbox/fund")
CREATE_DISBURSEMENT: Final = ApiPath("POST", "/v1/api/payment")
LIST_MERCHANT_DISBURSEMENTS: Final = ApiPath("GET", "/v1/api/payment")
LIST_DISBURSEMENTS: Final = ApiPath("GET", "/v1/api/payment/{customer_id}")
GET_DISBURSEMENT: Final = ApiPath("GET", "/v1/api/payment/{customer_id}/{payment_id}")
CANCEL_DISBURSEMENT: Final = ApiPath("POST", "/v1/api/payment/{customer_id}/{payment_id}/cancel")
LIST_EVENTS: Final = ApiPath("GET", "/events")
GET_EVENT: Final = ApiPath("GET", "/events/{event_id}")
RESEND_EVENT: Final = ApiPath("POST", "/events/{event_id}/resend")
LIST_ENDPOINTS: Final = ApiPath("GET", "/webhooks/endpoints")
GET_ENDPOINT: Final = ApiPath("GET", "/webhooks/endpoints/{endpoint_id}")
CREATE_ENDPOINT: Final = ApiPath("POST", "/webhooks/endpoints")
UPDATE_ENDPOINT: Final = ApiPath("PATCH", "/webhooks/endpoints/{endpoint_id}")
DELETE_ENDPOINT: Final = ApiPath("DELETE", "/webhooks/endpoints/{endpoint_id}")
ROTATE_ENDPOINT: Final = ApiPath("POST", "/webhooks/endpoints/{endpoint_id}/rotate")
PING_ENDPOINT: Final = ApiPath("POST", "/webhooks/endpoints/{endpoint_id}/test")
REPLAY_ENDPOINT: Final = ApiPath("POST", "/webhooks/endpoints/{endpoint_id}/replay")
LIST_DELIVERIES: Final = ApiPath("GET", "/webhooks/deliveries")
GET_DELIVERY: Final = ApiPath("GET", "/webhooks/deliveries/{delivery_id}")
GET_INBOX: Final = ApiPath("GET", "/sandbox/inbox")
LIST_DONATIONS: Final = ApiPath("GET", "/donations")
GET_MERCHANT_BALANCE: Final = ApiPath("GET", "/balance")
LIST_MERCHANT_TRANSACTIONS: Final = ApiPath("GET", "/balance/transactions")
LIST_SETTLEMENTS: Final = ApiPath("GET", "/settlements")
GET_SETTLEMENT: Final = ApiPath("GET", "/settlements/{batch}")
