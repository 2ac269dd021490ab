"""A home at which somebody has signed in, for what the command line asks the services."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.stack.home import Home, Stack
from deploy.stack.openid import Issued
from deploy.stack.sign_in import SignIn
from shared.access.roles import Role
from tests.support.identity import ISSUER, bearer


def somewhere(home: Home, ports: Mapping[str, int]) -> Stack:
    """A stack that does not run, with services at these ports."""
    return Stack(home, ports, "", "", "", "", "", "")


def signed_in_at(folder: Path, ports: Mapping[str, int], *roles: Role, **changes: Any) -> Stack:
    """Such a stack, at whose home somebody of these roles is signed in. `changes`: other claims of theirs."""
    home = Home(folder)
    home.create()
    token = bearer(*roles, **changes)["authorization"].removeprefix("Bearer ")
    SignIn(home).store(ISSUER, Issued(token, None, time.time() + 3600))
    return somewhere(home, ports)
