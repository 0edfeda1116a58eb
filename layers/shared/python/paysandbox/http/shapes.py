"""Read bodies and queries by the shapes of their route."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError

from paysandbox.core.errors import Refused
from paysandbox.http.reading import refusal
from paysandbox.http.request import Readers
from paysandbox.http.route import BodyFormat, Route


def readers_of(route: Route) -> Readers:
    """Return how a route's body and query are read. Loads their shapes."""
    body, query = route.body_shape, route.query_shape
    return Readers(partial(_read_body, route, body) if body else None, partial(shaped, query) if query else None)


def shaped(shape: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    """Validate values against a shape. Raises Refused with all faults."""
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        raise refusal(error) from None


def _read_body(route: Route, shape: type[BaseModel], sent: Mapping[str, Any]) -> BaseModel:
    try:
        return shaped(shape, sent)
    except Refused as refused:
        if route.body_format is BodyFormat.CHECKED_JSON:
            from paysandbox.http.body_shape import fits, shape_of, wrong_shape  # for errors of few routes

            if not fits(shape_of(shape), sent):
                raise wrong_shape(refused) from None
        raise
