"""The shape of every refusal: an RFC 9457 problem."""

from pydantic import BaseModel, ConfigDict


class InvalidParameter(BaseModel):
    """One of several things wrong with a request."""

    code: str
    detail: str
    param: str | None = None


class ProblemBody(BaseModel):
    """RFC 9457 members, then ours. A client branches on `code`; more members say what would be possible."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    doc_url: str
    request_id: str
    instance: str | None = None
    param: str | None = None
    errors: list[InvalidParameter] | None = None
