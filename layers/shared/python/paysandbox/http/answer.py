"""Rendered answers, and the names of shapes that functions do not load."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from paysandbox.core.record import record

if TYPE_CHECKING:
    from pydantic import BaseModel

Body = dict[str, Any]
"""A rendered answer, or a part of one."""


@record
class Documented:
    """A shape by its name in a module that only documents and tests load: functions answer without it.

    The same for the body of a route that reads its body itself, and loads the shape to say what is wrong with one.
    """

    module: str
    name: str

    def shape(self) -> "type[BaseModel]":
        """Load the module, and return the shape."""
        return getattr(import_module(self.module), self.name)
