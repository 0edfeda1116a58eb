"""A row of the route table, and the functions that answer routes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import BaseModel

from paysandbox.aws.resources import Grant, Resource
from paysandbox.aws.settings import ClockSettings, DonorPoolSettings, Settings, TextSettings
from paysandbox.core.errors import Code
from paysandbox.http.answer import Documented

FORM: Final = "application/x-www-form-urlencoded"
"""The media type of a `form` route's body."""


NATIVE_BASE_URL: Final = "native_base_url"
"""The stage variable with the base URL of the native API, for an API that has another host."""


class Access(StrEnum):
    """Who may call a route. A public route is throttled by the stage."""

    API_KEY = "api_key"
    PUBLIC = "public"
    DONOR = "donor"
    """With an ID token of the user pool."""
    V1_KEY = "v1_key"
    """With a key of the Stripe-compatible API, as bearer token or Basic user name."""
    V1_KEY_OR_CLIENT = "v1_key_or_client"
    """The same, or a publishable key together with the client secret of the one object."""


class Api(StrEnum):
    """The REST API of a route. Each has its own kind of key, body format and error format."""

    NATIVE = "native"
    V1 = "v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Code that runs in Lambda, and every permission it has beyond writing its log and traces.

    Its name is also its module's name, in the folder `lambdas/<group>`. `needs` are settings in addition to those that
    locate the granted resources.
    """

    name: str
    group: str
    grants: tuple[Grant, ...] = ()
    needs: tuple[type[Settings], ...] = ()

    @property
    def module(self) -> str:
        """The module's import path, here and in Lambda: `<group>.<name>`."""
        return f"{self.group}.{self.name}"

    @property
    def settings(self) -> tuple[type[Settings], ...]:
        """All settings that it reads, without duplicates."""
        of_resources = (grant.resource.settings for grant in self.grants)
        return tuple(dict.fromkeys([*self.needs, *(kind for kind in of_resources if kind is not None)]))

    def may_use(self, resource: Resource) -> bool:
        """Return whether it has any permission on a resource."""
        return any(grant.resource == resource for grant in self.grants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Granted):
    """A Lambda function: a worker, or the one that answers `routes`. Lambda stops it after `timeout_s`."""

    timeout_s: int = 10
    routes: tuple["Route", ...] = ()

    @property
    def handler(self) -> str:
        """The Lambda handler string: `<group>.<name>.handler`."""
        return f"{self.module}.handler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Granted):
    """One route. Its name is also its operation ID and the name of its test file.

    Its `function` is the one it shares with other routes of its group, or None for a function of its own.
    A `form` route takes its body as an HTML form sends it. A `raw` route reads the body's bytes itself. With
    `body_optional`, no body is the same as an empty object. An `idempotent` route with `idempotency_key_optional`
    accepts requests without a key. `refusals` are the error codes beyond those of every route of its kind. A route that
    `accepts_outcome_header` lets the caller choose the simulated bank's response in a header. An answer without a shape
    is text of one of `media_types`. `path_examples` are example values of path parameters. A route with a key that is
    `seldom_called` has the request limit of a route without one: a stage takes limits of its own for some forty routes.
    """

    method: str
    path: str
    summary: str
    access: Access
    answer: type[BaseModel] | Documented | None
    function: str | None = None
    api: Api = Api.NATIVE
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    body_optional: bool = False
    form: bool = False
    raw: bool = False
    idempotent: bool = False
    idempotency_key_optional: bool = False
    accepts_outcome_header: bool = False
    refusals: tuple[Code, ...] = ()
    seldom_called: bool = False
    media_types: tuple[str, ...] = ("application/json",)
    path_examples: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @property
    def answer_shape(self) -> type[BaseModel] | None:
        """The shape of the answer. Loads it."""
        return self.answer.shape() if isinstance(self.answer, Documented) else self.answer

    @property
    def function_name(self) -> str:
        """The name of the function that answers this route."""
        return self.function or self.name

    @property
    def settings(self) -> tuple[type[Settings], ...]:
        """Every route reads the clock, one with a body the rules for text, and a donor's route its user pool."""
        own: list[type[Settings]] = [ClockSettings]
        own += [TextSettings] if self.body is not None else []
        own += [DonorPoolSettings] if self.access is Access.DONOR else []
        return tuple(dict.fromkeys([*own, *Granted.settings.__get__(self)]))


def functions_of(routes: Iterable[Route]) -> tuple[Function, ...]:
    """Return the functions that answer these routes. Each has the permissions of its routes and no others."""
    by_function: dict[tuple[str, str], list[Route]] = {}
    for route in routes:
        by_function.setdefault((route.group, route.function_name), []).append(route)
    return tuple(
        Function(
            name=name,
            group=group,
            grants=tuple(dict.fromkeys(grant for route in answered for grant in route.grants)),
            needs=tuple(dict.fromkeys(need for route in answered for need in route.settings)),
            routes=tuple(answered),
        )
        for (group, name), answered in by_function.items()
    )
