"""The base class of all answer shapes."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """The base of every answer shape: exactly the documented fields, nothing more."""

    model_config = ConfigDict(extra="forbid", strict=True)
