"""The response at the API's root: an introduction with links."""

from paysandbox.http.answer import Answer


class WelcomeLinks(Answer):
    """Links on the same host, with the stage if it is part of the address."""

    docs: str
    openapi: str
    health: str
    recent: str
    total: str


class Welcome(Answer):
    """The name of the API, and where to read on."""

    service: str
    version: str
    links: WelcomeLinks
