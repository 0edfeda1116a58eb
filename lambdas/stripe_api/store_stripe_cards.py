"""Payment methods and tokens: cards that any key may store, a page's too."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import ROUTES, STORE_STRIPE_CARDS

handler = dispatch(STORE_STRIPE_CARDS, ROUTES)
