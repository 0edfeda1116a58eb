"""GET /v3/{file}: a frame of the stand-in for Stripe's browser library, or what a frame loads."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_STRIPE_JS_FRAME, V3
from reference.stripe_js import frame_file, train_script


@endpoint(GET_STRIPE_JS_FRAME)
def handler(call: Call[None, None]) -> Page:
    """A file that was made when the function was built. `/v3/stripe.js` is another address of `/v3`."""
    name = call.path.get("file", "")
    return train_script(V3) if name == "stripe.js" else frame_file(name, call.request.prefix)
