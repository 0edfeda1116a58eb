"""Donors of an environment: users of its Cognito pool, made and signed in with the rights of whoever runs the program.

A donor's e-mail is the user name. Whoever makes a donor here vouches for the address: nobody is sent a code.
"""

from __future__ import annotations

import secrets
import string
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.target import Target

DEMO_EMAIL: Final = "demo@donate-now.example"
"""The donor of commands that name none, on this machine only. No mail ever gets there (RFC 2606)."""
DEMO_NAME: Final = "Demo Donor"

_SYMBOLS: Final = "!#%*+-=?@_"
_KINDS: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
_PASSWORD_LENGTH: Final = 20
# Another command may give the demo donor its next password between the two calls of a sign-in.
_SIGN_INS: Final = 5


@dataclass(frozen=True)
class Donor:
    """A donor that can sign in. The password is known to whoever made it, and kept nowhere."""

    email: str
    name: str
    user_id: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class DonorPool:
    """The pool and its web client, through which a donor signs in."""

    target: Target
    cognito: Any
    pool_id: str
    client_id: str

    @classmethod
    def of(cls, target: Target) -> Self:
        """The environment's pool. Raises Failure when its donors stack is not deployed."""
        outputs = target.outputs("donors")
        return cls(target, target.client("cognito-idp"), outputs["UserPoolId"], outputs["WebAppClientId"])

    def create(self, email: str, name: str, password: str | None = None) -> Donor:
        """Make a donor who can sign in at once, under a fresh password unless one is given.

        Raises Failure when there is one of that address, or the pool takes no such password or address. A donor that
        could not be finished is not left behind.
        """
        email, password = email.lower(), password or fresh_password()
        attributes = {"email": email, "email_verified": "true", "name": name}
        try:
            made = self.cognito.admin_create_user(
                UserPoolId=self.pool_id,
                Username=email,
                UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
                MessageAction="SUPPRESS",
            )
        except self.cognito.exceptions.UsernameExistsException:
            raise Failure(
                f"There is a donor {email} in {self.target.environment} already.", "Choose another --email."
            ) from None
        except self.cognito.exceptions.InvalidParameterException as error:
            raise Failure(f"The pool takes no such donor: {_said(error)}") from None
        try:
            self._set_password(email, password)
        except BaseException:  # Ctrl-C between the calls leaves a donor without a password behind just as an error does
            self.remove(email)
            raise
        return Donor(email, name, _attribute(made["User"]["Attributes"], "sub"), password)

    def remove(self, email: str) -> None:
        """Take a donor out of the pool. Of one that is not there nothing is said; donations stay."""
        with suppress(self.cognito.exceptions.UserNotFoundException):
            self.cognito.admin_delete_user(UserPoolId=self.pool_id, Username=email.lower())

    def token(self, email: str, password: str) -> str:
        """Sign a donor in: the id token, which is what the API takes. Raises Failure when the pool lets nobody in."""
        try:
            answer = self._sign_in(email, password)
        except (self.cognito.exceptions.NotAuthorizedException, self.cognito.exceptions.UserNotFoundException):
            raise Failure(
                f"The pool does not let {email.lower()} in with this password.",
                "Is there such a donor? Make one: paysandbox donors create",
            ) from None
        if "AuthenticationResult" not in answer:
            raise Failure(
                f"Signing in, {email.lower()} is asked for more: {answer.get('ChallengeName', 'something')}.",
                "Sign in once on the web page that uses this pool; or make a donor here: paysandbox donors create",
            )
        return answer["AuthenticationResult"]["IdToken"]

    def demo_token(self) -> str:
        """Sign the demo donor in, who is made the first time. The password is a fresh one each time, told to nobody."""
        for _ in range(_SIGN_INS):
            with suppress(self.cognito.exceptions.NotAuthorizedException):
                return self._sign_in(DEMO_EMAIL, self._demo_password())["AuthenticationResult"]["IdToken"]
        raise Failure(
            f"Other commands go on giving {DEMO_EMAIL} another password.",
            "Run this again, or as a donor of your own: paysandbox donors create",
        )

    def _demo_password(self) -> str:
        password = fresh_password()
        try:
            self._set_password(DEMO_EMAIL, password)
        except self.cognito.exceptions.UserNotFoundException:
            with suppress(Failure):  # made by another command meanwhile: then the next try meets it
                return self.create(DEMO_EMAIL, DEMO_NAME).password
        return password

    def _set_password(self, email: str, password: str) -> None:
        try:
            self.cognito.admin_set_user_password(
                UserPoolId=self.pool_id, Username=email, Password=password, Permanent=True
            )
        except self.cognito.exceptions.InvalidPasswordException as error:
            raise Failure(
                f"The pool takes no such password: {_said(error)}",
                "12 characters or more, with lower and upper case, a digit and a symbol. Without one, one is made.",
            ) from None

    def _sign_in(self, email: str, password: str) -> Any:
        return self.cognito.admin_initiate_auth(
            UserPoolId=self.pool_id,
            ClientId=self.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email.lower(), "PASSWORD": password},
        )


def fresh_password() -> str:
    """A password that the pool takes: 20 characters, some of each kind, in any order."""
    characters = [secrets.choice(kind) for kind in _KINDS]
    characters += [secrets.choice("".join(_KINDS)) for _ in range(_PASSWORD_LENGTH - len(_KINDS))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _attribute(attributes: list[dict[str, str]], name: str) -> str:
    return next(attribute["Value"] for attribute in attributes if attribute["Name"] == name)


def _said(error: Any) -> str:
    return error.response["Error"]["Message"]
