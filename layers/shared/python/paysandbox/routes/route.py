"""What a row of the route table says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel

from paysandbox.errors import Code
from paysandbox.settings import Settings


class Access(StrEnum):
    """Who may call: a merchant with a key, or anyone (then the stage throttles the route)."""

    API_KEY = "api_key"
    PUBLIC = "public"
    DONOR = "donor"
    """With an identity token of the user pool."""
    V1_KEY = "v1_key"
    """As bearer or user name: of the Stripe-compatible API."""
    V1_KEY_OR_CLIENT = "v1_key_or_client"
    """The same, or a publishable key that knows the one object's client secret."""


class Api(StrEnum):
    """The REST API that a route is of: each has its own kind of key, and its own shape of bodies and refusals."""

    NATIVE = "native"
    V1 = "v1"


@dataclass(frozen=True, slots=True)
class Route:
    """One route. Its name is also its handler's file, its operation id, its construct id and its test file.

    A `raw` route reads the body's bytes itself; an `idempotent` one whose `key_optional` takes requests without a key.
    `needs` are the settings that its function reads; `ledger`, `request_log` and `payment_methods` the DynamoDB actions
    its role is given on that table, `indexes` the indexes of the first that it may query. `webhook_tables` are such
    actions on the tables of webhooks, by the table's name, or `table/index` for Query; `claims` routes may bind
    idempotency keys in the ledger and put nothing else there; `delivers` routes may queue deliveries.
    `donations` are such actions on the table of donations, and `donation_indexes` its indexes that it may query;
    `asks_stripe` routes read the secret key of the account at Stripe, `queues_payments` ones may queue its events.
    `settlement_tables` are actions on the tables of settlement, named likewise; `reads_reports` routes may make links
    to reports. `refusals` are the codes beyond those every route of its kind can answer. `steered` routes take the
    outcome that a caller asks the simulated bank for, in a header.
    An answer without a shape is a text of one of `media_types`. `path_examples` are values of parameters of the path.
    """

    name: str
    group: str
    method: str
    path: str
    summary: str
    access: Access
    answer: type[BaseModel] | None
    needs: tuple[type[Settings], ...]
    api: Api = Api.NATIVE
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    raw: bool = False
    idempotent: bool = False
    key_optional: bool = False
    steered: bool = False
    ledger: tuple[str, ...] = ()
    request_log: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    webhook_tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]], hash=False)
    donations: tuple[str, ...] = ()
    donation_indexes: tuple[str, ...] = ()
    settlement_tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]], hash=False)
    payment_methods: tuple[str, ...] = ()
    reads_reports: bool = False
    claims: bool = False
    delivers: bool = False
    asks_stripe: bool = False
    queues_payments: bool = False
    refusals: tuple[Code, ...] = ()
    media_types: tuple[str, ...] = ("application/json",)
    path_examples: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @property
    def handler(self) -> str:
        """The Lambda handler string: `<group>.<name>.handler`."""
        return f"{self.group}.{self.name}.handler"
