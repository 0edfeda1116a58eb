"""The shape of every error response: an RFC 9457 problem."""

from pydantic import BaseModel, ConfigDict


class InvalidParameter(BaseModel):
    """One of several invalid parameters of a request."""

    code: str
    detail: str
    param: str | None = None


class ProblemBody(BaseModel):
    """RFC 9457 members, then extensions. Clients branch on `code`; further members state the limits that apply."""

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
