"""Read the feed."""

from paysandbox.feed.routes import READ_FEED, ROUTES
from paysandbox.http.dispatch import dispatch

handler = dispatch(READ_FEED, ROUTES)
