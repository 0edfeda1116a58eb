"""Routes of customers: who a merchant pays out to."""

from typing import Final

from paysandbox.aws.resources import CUSTOMERS, Grant
from paysandbox.aws.schema import CUSTOMERS_BY_MERCHANT
from paysandbox.core.errors import Code
from paysandbox.customers import requests, schemas
from paysandbox.http.route import Access, BodyFormat, Route

# A function that routes with similar rights share.
MANAGE_CUSTOMERS: Final = "manage_customers"

CREATE_CUSTOMER: Final = Route(
    name="create_customer",
    group="customers",
    function=MANAGE_CUSTOMERS,
    method="POST",
    path="/v1/api/customer",
    summary="Create a customer",
    access=Access.API_KEY,
    body=requests.CreateCustomer,
    body_format=BodyFormat.CHECKED_JSON,
    answer=schemas.CustomerBody,
    grants=(Grant(CUSTOMERS, ("PutItem",)),),
    refusals=(Code.CUSTOMER_EXISTS, Code.ROUTING_NUMBER_INCORRECT, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX),
)

LIST_CUSTOMERS: Final = Route(
    name="list_customers",
    group="customers",
    function=MANAGE_CUSTOMERS,
    method="GET",
    path="/v1/api/customer",
    summary="List the merchant's customers",
    access=Access.API_KEY,
    query=requests.ListCustomers,
    answer=schemas.CustomerList,
    grants=(Grant(CUSTOMERS, ("BatchGetItem",)), Grant(CUSTOMERS, ("Query",), CUSTOMERS_BY_MERCHANT)),
    refusals=(Code.CURSOR_INVALID,),
)

GET_CUSTOMER: Final = Route(
    name="get_customer",
    group="customers",
    function=MANAGE_CUSTOMERS,
    method="GET",
    path="/v1/api/customer/{customer_id}",
    summary="Get a customer",
    access=Access.API_KEY,
    answer=schemas.CustomerBody,
    grants=(Grant(CUSTOMERS, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

UPDATE_CUSTOMER: Final = Route(
    name="update_customer",
    group="customers",
    function=MANAGE_CUSTOMERS,
    method="PUT",
    path="/v1/api/customer/{customer_id}",
    summary="Update a customer's e-mail address, name and accounts",
    access=Access.API_KEY,
    body=requests.UpdateCustomer,
    answer=schemas.CustomerBody,
    grants=(Grant(CUSTOMERS, ("UpdateItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.ROUTING_NUMBER_INCORRECT, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX),
)

ROUTES: Final = (CREATE_CUSTOMER, LIST_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER)
