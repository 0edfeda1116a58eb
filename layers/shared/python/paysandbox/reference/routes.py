"""Reference routes: the documentation, the OpenAPI document, the API explorer, and a page for each error code."""

from typing import Final

from paysandbox.core.errors import ERROR_PAGES, Code
from paysandbox.http.html import HTML
from paysandbox.http.route import Access, Route
from paysandbox.reference.welcome import Welcome

CSS: Final = "text/css; charset=utf-8"
JAVASCRIPT: Final = "text/javascript; charset=utf-8"
JSON: Final = "application/json"
PLAIN: Final = "text/plain; charset=utf-8"

# Functions that several routes with the same permissions share.
SERVE_REFERENCE: Final = "serve_reference"

GET_WELCOME: Final = Route(
    name="get_welcome",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path="/",
    summary="Describe the API and link to its documentation",
    access=Access.PUBLIC,
    answer=Welcome,
)

GET_DOCUMENT: Final = Route(
    name="get_document",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path="/openapi.json",
    summary="Get the OpenAPI 3.1 document",
    access=Access.PUBLIC,
    answer=None,
)

GET_POSTMAN_COLLECTION: Final = Route(
    name="get_postman_collection",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path="/postman.json",
    summary="Get the Postman collection",
    access=Access.PUBLIC,
    answer=None,
)

GET_DOCS: Final = Route(
    name="get_docs",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path="/docs",
    summary="Show the documentation",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML,),
)

GET_DOCS_ASSET: Final = Route(
    name="get_docs_asset",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path="/docs/{asset}",
    summary="Show a page of the documentation, or get a script or style sheet",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML, CSS, JAVASCRIPT, JSON, PLAIN),
    path_examples={"asset": "pages.css"},
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

GET_DOCS_PAGE: Final = Route(
    name="get_docs_page",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    # API Gateway takes one name for the parameter of a place in the path.
    path="/docs/{asset}/{page}",
    summary="Show a page of a section of the documentation",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML,),
    path_examples={"asset": "runbooks", "page": "outage"},
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

LIST_ERROR_PAGES: Final = Route(
    name="list_error_pages",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path=ERROR_PAGES.rstrip("/"),
    summary="List all error codes",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML,),
)

GET_ERROR_PAGE: Final = Route(
    name="get_error_page",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path=ERROR_PAGES + "{code}",
    summary="Explain an error code and its remedy",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML,),
    path_examples={"code": str(Code.CAPTURE_EXCEEDS_AUTHORIZED)},
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

ROUTES: Final = (
    GET_WELCOME,
    GET_DOCUMENT,
    GET_POSTMAN_COLLECTION,
    GET_DOCS,
    GET_DOCS_ASSET,
    GET_DOCS_PAGE,
    LIST_ERROR_PAGES,
    GET_ERROR_PAGE,
)
