"""A row of the route table, and the functions that answer routes."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from paysandbox.aws.resources import CONNECTED_ACCOUNTS, LEDGER, Grant, Resource
from paysandbox.aws.settings import (
    ClockSettings,
    DonorPoolSettings,
    FaultSettings,
    FeeSettings,
    SamplingSettings,
    Settings,
    StripeVersionSettings,
    TextSettings,
)
from paysandbox.core.errors import Code
from paysandbox.core.record import record
from paysandbox.http.answer import Documented

if TYPE_CHECKING:
    from pydantic import BaseModel

_STEERING_PATHS: Final = "/sandbox/"
FORM: Final = "application/x-www-form-urlencoded"
"""The media type of a `form` route's body."""


NOT_IN_REQUEST_LOG: Final = frozenset({"request_log", "feed", "metrics", "search"})
"""Groups whose functions' log lines are not read: what is shown of the log must not be written to it again."""

_NAMESPACES: Final = frozenset({"radar", "test_helpers"})
"""How some of Stripe's paths begin, before the resource."""

HANDLER: Final = "handler"
"""The name of the handler in a module that has one."""

NATIVE_BASE_URL: Final = "native_base_url"
"""The stage variable with the base URL of the native API, for an API that has another host."""

DASHBOARD_URL: Final = "dashboard_url"
"""The stage variable with the dashboard's address, which errors link to."""


class Access(StrEnum):
    """Who may call a route. A public route is throttled by the stage."""

    API_KEY = "api_key"
    PUBLIC = "public"
    OPERATOR = "operator"
    """With an operator's key. It moves no money, and belongs to no merchant."""
    DONOR = "donor"
    """With an ID token of the user pool."""
    V1_KEY = "v1_key"
    """With a key of the Stripe-compatible API, as bearer token or Basic user name."""
    V1_KEY_OR_CLIENT = "v1_key_or_client"
    """The same, or a publishable key together with the client secret of the one object."""
    V1_ANY_KEY = "v1_any_key"
    """The same, or a publishable key alone."""


class Traffic(StrEnum):
    """Who calls a public route. The limit over all callers follows from it (stacks/api/gateway.py)."""

    CLIENTS = "clients"
    """Clients of the API, and payment services that send webhooks."""
    DOCUMENTS = "documents"
    """Readers of the documentation."""
    PAGES = "pages"
    """Payers and donors: a page that they open, its form, or a frame or file that only pages of the sandbox load."""
    SCRIPTS = "scripts"
    """Visitors of shops, whose pages load it: the script of a train of Stripe.js, at a path that Stripe fixes."""
    SELDOM = "seldom"
    """Few: a download. Never a page, or what one loads."""


_OF_MERCHANTS: Final = frozenset({Access.API_KEY, Access.V1_KEY, Access.V1_KEY_OR_CLIENT, Access.V1_ANY_KEY})


class BodyFormat(StrEnum):
    """How a body arrives, in the native API."""

    JSON = "json"
    CHECKED_JSON = "checked_json"
    """API Gateway checks it against its shape before the function is invoked (body_shape.py)."""
    OPTIONAL_JSON = "optional_json"
    """No body is the same as an empty object."""
    FORM = "form"
    """As an HTML form sends it."""
    RAW = "raw"
    """The handler reads the bytes itself."""


class Api(StrEnum):
    """The REST API of a route. Each has its own kind of key, body format and error format."""

    NATIVE = "native"
    V1 = "v1"


@record(kw_only=True)
class Granted:
    """Code that runs in Lambda, and every permission it has beyond writing its log and traces.

    Its name is also its module's name, in the folder `lambdas/<group>`. `needs` are settings in addition to those that
    locate the granted resources. Lambda stops it after `timeout_s`.
    """

    name: str
    group: str
    grants: tuple[Grant, ...] = ()
    needs: tuple[type[Settings], ...] = ()
    timeout_s: int = 10

    @property
    def module(self) -> str:
        """The module's import path, here and in Lambda: `<group>.<name>`."""
        return f"{self.group}.{self.name}"

    @property
    def settings(self) -> tuple[type[Settings], ...]:
        """All settings that it reads, without duplicates."""
        of_resources = (grant.resource.settings for grant in self.grants)
        return tuple(dict.fromkeys([*self.needs, *(kind for kind in of_resources if kind is not None)]))

    @property
    def table_variables(self) -> tuple[str, ...]:
        """The variables with the names of granted tables that have no settings of their own, without duplicates."""
        variables = (grant.resource.variable for grant in self.grants)
        return tuple(dict.fromkeys(name for name in variables if name is not None))

    def may_use(self, resource: Resource) -> bool:
        """Return whether it has any permission on a resource."""
        return any(grant.resource == resource for grant in self.grants)


@record(kw_only=True)
class Function(Granted):
    """A Lambda function: a worker, or the one that answers `routes`."""

    routes: tuple["Route", ...] = ()

    @property
    def module(self) -> str:
        """The import path of the module with its handler, which is that of its route if it has one of its own."""
        own = [route for route in self.routes if route.function is None]
        return own[0].module if own else f"{self.group}.{self.name}"

    @property
    def handler(self) -> str:
        """The Lambda handler string: `<module>.handler`."""
        return f"{self.module}.{HANDLER}"


@record(kw_only=True)
class Idempotency:
    """A route has its effect once per idempotency key, which is bound for 24 hours; with `keeps_keys`, for ever.

    With `key_optional`, it also accepts requests without a key.
    """

    key_optional: bool = False
    keeps_keys: bool = False


BY_KEY: Final = Idempotency()
"""Every request has a key. In the Stripe-compatible API, one without gets a random one."""


@record(kw_only=True)
class Route(Granted):
    """One route. Its name is also its operation ID and the name of its test file.

    Its `function` is the one it shares with other routes of its group, or None for a function of its own, and stopped
    after the longest `timeout_s` of its routes. Its `handler_name` is the handler that it shares with similar routes,
    or None for a handler of its own. `path_examples` are example values of path parameters.

    `accepts_headers` are those by which the caller may steer it, beyond those of every route: `OUTCOME_HEADER` requests
    the simulated bank's response, `PREFER_HEADER` to wait for the result. Without `idempotency`, it takes no key.

    `shows` is Stripe's name of the objects in its answer, in which requests of the Stripe-compatible API expand others.

    `status` is the HTTP status of a success. An answer without a shape is text of one of `media_types`. `refusals` are
    the error codes beyond those of every route of its kind. `traffic` is that of a public route. Responses of one
    for its `same_origin` are not for pages of other origins.
    """

    method: str
    path: str
    path_examples: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    summary: str
    api: Api = Api.NATIVE
    access: Access
    function: str | None = None
    handler_name: str | None = None
    body: "type[BaseModel] | Documented | None" = None
    body_format: BodyFormat = BodyFormat.JSON
    query: "type[BaseModel] | Documented | None" = None
    shows: str | None = None
    accepts_headers: tuple[str, ...] = ()
    idempotency: Idempotency | None = None
    answer: "type[BaseModel] | Documented | None"
    status: int = 200
    media_types: tuple[str, ...] = ("application/json",)
    refusals: tuple[Code, ...] = ()
    traffic: Traffic = Traffic.CLIENTS
    same_origin: bool = False

    @property
    def entry_point(self) -> tuple[str, str]:
        """Its handler: the import path of the module, and the name in it.

        Those of the Stripe-compatible API lie by resource, and those that share a function lie together, each under the
        name of its route.
        """
        if self.handler_name is not None:
            return f"{self.group}.{self.handler_name}", HANDLER
        if self.api is Api.NATIVE:
            return f"{self.group}.{self.name}", HANDLER
        folder = f"{self.group}.{self.resource}"
        return (f"{folder}.{self.name}", HANDLER) if self.function is None else (f"{folder}.{self.function}", self.name)

    @property
    def resource(self) -> str:
        """The resource of its path: `refunds` of `/test_helpers/refunds/{refund}/expire`."""
        return next(part for part in self.path.split("/")[1:] if part not in _NAMESPACES)

    @property
    def module(self) -> str:
        """The import path of the module with its handler."""
        return self.entry_point[0]

    @property
    def answer_shape(self) -> "type[BaseModel] | None":
        """The shape of the answer. Loads it."""
        return self.answer.shape() if isinstance(self.answer, Documented) else self.answer

    @property
    def body_shape(self) -> "type[BaseModel] | None":
        """The shape of the body. Loads it."""
        return self.body.shape() if isinstance(self.body, Documented) else self.body

    @property
    def query_shape(self) -> "type[BaseModel] | None":
        """The shape of the query. Loads it."""
        return self.query.shape() if isinstance(self.query, Documented) else self.query

    @property
    def function_name(self) -> str:
        """The name of the function that answers this route."""
        return self.function or self.name

    @property
    def takes_faults(self) -> bool:
        """Whether faults are injected into its requests: into those of merchants, but for what steers the sandbox."""
        return (
            self.access in _OF_MERCHANTS
            and self.group not in NOT_IN_REQUEST_LOG
            and not self.path.startswith(_STEERING_PATHS)
        )

    @property
    def takes_metadata(self) -> bool:
        """Whether its body has `metadata`. Loads the shape."""
        shape = self.body_shape
        return shape is not None and "metadata" in shape.model_fields

    @property
    def settings(self) -> tuple[type[Settings], ...]:
        """Every route reads the clock, one that takes faults their table, one of the request log its share, one with a
        body the rules for text, a donor's route its user pool, and one of the Stripe-compatible API the version of who
        names none, and with payments the fees of captures."""
        own: list[type[Settings]] = [ClockSettings]
        own += [FaultSettings] if self.takes_faults else []
        own += [SamplingSettings] if self.group not in NOT_IN_REQUEST_LOG else []
        own += [TextSettings] if self.body is not None else []
        own += [DonorPoolSettings] if self.access is Access.DONOR else []
        own += [StripeVersionSettings] if self.api is Api.V1 else []
        own += [FeeSettings] if self.api is Api.V1 and self.may_use(LEDGER) else []
        return tuple(dict.fromkeys([*own, *Granted.settings.__get__(self)]))


FIND_ACCOUNT: Final = Grant(CONNECTED_ACCOUNTS, ("GetItem",))
"""Of every function of the Stripe-compatible API: a request can be for a connected account (`Stripe-Account`)."""


def functions_of(routes: Iterable[Route]) -> tuple[Function, ...]:
    """Return the functions that answer these routes. Each has the permissions of its routes and no others.

    Those of the Stripe-compatible API have `FIND_ACCOUNT` besides.
    """
    by_function: dict[tuple[str, str], list[Route]] = {}
    for route in routes:
        by_function.setdefault((route.group, route.function_name), []).append(route)
    return tuple(
        Function(
            name=name,
            group=group,
            grants=tuple(dict.fromkeys([*(grant for route in answered for grant in route.grants), *_common(answered)])),
            needs=tuple(dict.fromkeys(need for route in answered for need in route.settings)),
            timeout_s=max(route.timeout_s for route in answered),
            routes=tuple(answered),
        )
        for (group, name), answered in by_function.items()
    )


def _common(routes: Iterable[Route]) -> tuple[Grant, ...]:
    """Return what a function needs whatever its routes need."""
    of_merchants = any(route.api is Api.V1 and route.access in _OF_MERCHANTS for route in routes)
    return (FIND_ACCOUNT,) if of_merchants else ()
