"""What a row of the route table says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel

from paysandbox.aws.resources import Grant, Resource
from paysandbox.aws.settings import ClockSettings, DonorPoolSettings, Settings, TextSettings
from paysandbox.core.errors import Code


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What runs, and all that it may do beyond writing its log and its traces.

    Its name is also its module's, in the folder `lambdas/<group>`. `needs` are settings besides those that say where
    the granted resources are.
    """

    name: str
    group: str
    grants: tuple[Grant, ...] = ()
    needs: tuple[type[Settings], ...] = ()

    @property
    def module(self) -> str:
        """What it is imported by, here and in Lambda: `<group>.<name>`."""
        return f"{self.group}.{self.name}"

    @property
    def settings(self) -> tuple[type[Settings], ...]:
        """All settings that it reads, each once."""
        of_resources = (grant.resource.settings for grant in self.grants)
        return tuple(dict.fromkeys([*self.needs, *(kind for kind in of_resources if kind is not None)]))

    def may_use(self, resource: Resource) -> bool:
        """Whether it is granted anything on a resource."""
        return any(grant.resource == resource for grant in self.grants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Granted):
    """A Lambda function: a worker, or what answers `routes`. After `timeout_s` Lambda ends it."""

    timeout_s: int = 10
    routes: tuple["Route", ...] = ()

    @property
    def handler(self) -> str:
        """The Lambda handler string: `<group>.<name>.handler`."""
        return f"{self.module}.handler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Granted):
    """One route. Its name is also its operation id and its test file.

    Its function is its own, or the one that all routes of its group share whose `function` has that name.
    A `raw` route reads the body's bytes itself; an `idempotent` one whose `key_optional` takes requests without a key.
    `refusals` are the codes beyond those every route of its kind can answer. `steered` routes take the outcome that a
    caller asks the simulated bank for, in a header.
    An answer without a shape is a text of one of `media_types`. `path_examples` are values of parameters of the path.
    """

    method: str
    path: str
    summary: str
    access: Access
    answer: type[BaseModel] | None
    function: str | None = None
    api: Api = Api.NATIVE
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    raw: bool = False
    idempotent: bool = False
    idempotency_key_optional: bool = False
    accepts_outcome_header: bool = False
    refusals: tuple[Code, ...] = ()
    media_types: tuple[str, ...] = ("application/json",)
    path_examples: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @property
    def function_name(self) -> str:
        """The name of the function that answers it."""
        return self.function or self.name

    @property
    def settings(self) -> tuple[type[Settings], ...]:
        """Every route reads the clock, one with a body what its texts may hold, and a donor's whose tokens count."""
        own: list[type[Settings]] = [ClockSettings]
        own += [TextSettings] if self.body is not None else []
        own += [DonorPoolSettings] if self.access is Access.DONOR else []
        return tuple(dict.fromkeys([*own, *Granted.settings.__get__(self)]))


def functions_of(routes: Iterable[Route]) -> tuple[Function, ...]:
    """The functions that answer these routes. Each may do what its routes may, and nothing else."""
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
