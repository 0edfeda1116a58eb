"""What the API says at its root, to whoever comes without knowing it."""

from paysandbox.http.answer import Answer


class WelcomeLinks(Answer):
    """Paths of the same host, with the stage where addresses have one."""

    docs: str
    openapi: str
    health: str
    recent: str
    total: str


class Welcome(Answer):
    """What this is, and where to read on."""

    service: str
    version: str
    links: WelcomeLinks
