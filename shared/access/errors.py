"""Why a request is not let in. No message holds anything of a token, which names people."""


class TokenRefusedError(Exception):
    """The token is not one that lets anybody in; the message is the rule that it breaks (401)."""


class IdentityUnavailableError(Exception):
    """The identity provider's keys can't be read, so nobody can tell whether a token is good (503)."""


class RightMissingError(Exception):
    """The caller is known and may not do this; the message names the right and who has it (403)."""

    def __init__(self, right: str, message: str) -> None:
        super().__init__(message)
        self.right = right
