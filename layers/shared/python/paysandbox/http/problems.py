"""The shape of every error response: an RFC 9457 problem."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class InvalidParameter(BaseModel):
    """One invalid parameter of the request."""

    code: Annotated[str, Field(description="Error code.")]
    detail: Annotated[str, Field(description="Explanation.")]
    param: Annotated[str | None, Field(description="The parameter, as a dotted path.")] = None


class ProblemBody(BaseModel):
    """An error (RFC 9457). Branch on `code`. A 409 has further members that describe what is possible."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(description="URI that identifies the error. It does not resolve.")]
    title: Annotated[str, Field(description="Short summary, the same for every error with this `code`.")]
    status: Annotated[int, Field(description="HTTP status.")]
    detail: Annotated[str, Field(description="Explanation of this occurrence.")]
    code: Annotated[str, Field(description="Stable error code to branch on.")]
    retryable: Annotated[bool, Field(description="Whether the same request may succeed later.")]
    doc_url: Annotated[str, Field(description="URL of the page that explains the code.")]
    request_id: Annotated[str, Field(description="Quote it when you report a problem.")]
    instance: Annotated[str | None, Field(description="Path of the request.")] = None
    param: Annotated[str | None, Field(description="The parameter that caused the error, as a dotted path.")] = None
    errors: Annotated[
        list[InvalidParameter] | None, Field(description="Every invalid parameter, if there are several.")
    ] = None
