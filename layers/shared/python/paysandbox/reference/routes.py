"""Reference routes: the documentation, the OpenAPI document, a page for each error code, and the script for shops."""

from typing import Final

from paysandbox.aws.settings import ScriptSettings
from paysandbox.core.errors import ERROR_PAGES, Code
from paysandbox.http.html import CSS, HTML, JAVASCRIPT, MARKDOWN
from paysandbox.http.route import Access, Route, Traffic
from paysandbox.reference.welcome import Welcome

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
    traffic=Traffic.DOCUMENTS,
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
    traffic=Traffic.DOCUMENTS,
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
    traffic=Traffic.SELDOM,
)

GET_LLMS_TXT: Final = Route(
    name="get_llms_txt",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path="/llms.txt",
    summary="List the pages of the documentation, for programs that read it",
    access=Access.PUBLIC,
    answer=None,
    media_types=(PLAIN,),
    traffic=Traffic.SELDOM,
)

GET_LLMS_FULL_TXT: Final = Route(
    name="get_llms_full_txt",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path="/llms-full.txt",
    summary="Get the documentation as one text",
    access=Access.PUBLIC,
    answer=None,
    media_types=(PLAIN,),
    traffic=Traffic.SELDOM,
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
    traffic=Traffic.DOCUMENTS,
)

GET_DOCS_ASSET: Final = Route(
    name="get_docs_asset",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path="/docs/{asset}",
    summary="Show a page of the documentation, or get its Markdown, a script or style sheet",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML, CSS, JAVASCRIPT, JSON, PLAIN, MARKDOWN),
    path_examples={"asset": "pages.css"},
    refusals=(Code.RESOURCE_NOT_FOUND,),
    # The pages of payers have its style sheet.
    traffic=Traffic.PAGES,
)

GET_DOCS_PAGE: Final = Route(
    name="get_docs_page",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    # API Gateway takes one name for the parameter of a place in the path.
    path="/docs/{asset}/{page}",
    summary="Show a page of a section of the documentation, or get its Markdown",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML, MARKDOWN),
    path_examples={"asset": "runbooks", "page": "outage"},
    refusals=(Code.RESOURCE_NOT_FOUND,),
    traffic=Traffic.DOCUMENTS,
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
    traffic=Traffic.DOCUMENTS,
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
    traffic=Traffic.DOCUMENTS,
)

STRIPE_JS: Final = "get_stripe_js"
"""The handler of the scripts of all trains."""

V3: Final = "v3"
"""The oldest train, which has a path of its own."""

TRAINS: Final = (V3, "acacia", "basil", "clover", "dahlia", "endive")
"""The trains of Stripe.js's versions, oldest first, as stripe_js/trains.json describes them."""

GET_STRIPE_JS: Final = {
    train: Route(
        name=f"{STRIPE_JS}_{train}",
        group="reference",
        function=SERVE_REFERENCE,
        handler_name=STRIPE_JS,
        method="GET",
        path=f"/{V3}" if train == V3 else f"/{train}/stripe.js",
        summary=f"Get the stand-in for Stripe.js {train}",
        access=Access.PUBLIC,
        answer=None,
        media_types=(JAVASCRIPT,),
        needs=(ScriptSettings,),
        traffic=Traffic.SCRIPTS,
    )
    for train in TRAINS
}
"""The stand-in for Stripe's browser library, by train, at the paths that its loader knows."""

GET_STRIPE_JS_FRAME: Final = Route(
    name="get_stripe_js_frame",
    group="reference",
    function=SERVE_REFERENCE,
    method="GET",
    path=f"/{V3}/{{file}}",
    summary="Get a frame of the stand-in for Stripe.js, or what it loads",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML, CSS, JAVASCRIPT),
    path_examples={"file": "controller.html"},
    needs=(ScriptSettings,),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    traffic=Traffic.PAGES,
)

ROUTES: Final = (
    GET_WELCOME,
    GET_DOCUMENT,
    GET_POSTMAN_COLLECTION,
    GET_LLMS_TXT,
    GET_LLMS_FULL_TXT,
    GET_DOCS,
    GET_DOCS_ASSET,
    GET_DOCS_PAGE,
    LIST_ERROR_PAGES,
    GET_ERROR_PAGE,
    *GET_STRIPE_JS.values(),
    GET_STRIPE_JS_FRAME,
)
