"""`parley sign-in`, `sign-out` and `whoami`: who asks the services for what."""

import json
import os
from typing import Annotated, Any

import typer

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.openid import OpenIdProvider
from deploy.stack.sign_in import SignIn, ca_file_of, claims_of, issuer_of
from deploy.stack.terminal import harmless, plain_console
from shared.access.roles import Role

console = plain_console()
_ROLES = {role.value for role in Role}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("sign-in", epilog="Example: parley sign-in")(sign_in)
    app.command("sign-out", epilog="Example: parley sign-out")(sign_out)
    app.command(epilog="Example: parley whoami --json | jq .roles")(whoami)


def sign_in() -> None:
    """Sign in at your browser, here or on another device; what you do next is done in your name.

    An automation does not sign in: set PARLEY_CLIENT_ID and PARLEY_CLIENT_SECRET. Another identity provider than the
    stack's own is named by PARLEY_IDENTITY_ISSUER and PARLEY_IDENTITY_CA_FILE.
    """
    home = Home.from_environment()
    issuer = issuer_of(home)
    with OpenIdProvider(issuer, ca_file_of(home)) as provider:
        begun = provider.begin()
        if begun.complete_uri:
            console.print(f"Open {harmless(begun.complete_uri)}", soft_wrap=True)
            console.print(f"and see that it shows the code {harmless(begun.user_code)}.")
        else:
            console.print(f"Open {harmless(begun.verification_uri)} and enter the code {harmless(begun.user_code)}.")
        issued = provider.wait(begun)
    SignIn(home).store(issuer, issued)
    console.print(_described(claims_of(issued.access_token)), soft_wrap=True)


def sign_out() -> None:
    """Sign out: the session ends at the identity provider too, and nothing of it stays here."""
    if SignIn(Home.from_environment()).end():
        console.print("You are signed out.")
    else:
        console.print("Nobody is signed in here.")


def whoami(as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False) -> None:
    """Show who is signed in, with their roles, areas, agency and provider."""
    if os.environ.get("PARLEY_CLIENT_ID"):
        raise ParleyError("PARLEY_CLIENT_ID is set: commands are run as this automation, not as a person.")
    token = SignIn(Home.from_environment()).access_token()
    if token is None:
        raise ParleyError("Nobody is signed in here. `parley sign-in` starts a sign-in.")
    claims = claims_of(token)
    if as_json:
        shown = {name: claims.get(name) for name in ("preferred_username", "sub", "agency", "provider")}
        print(json.dumps({**shown, "roles": _roles(claims), "areas": list(claims.get("areas", []))}))
    else:
        console.print(_described(claims), soft_wrap=True)


def _roles(claims: Any) -> list[str]:
    return sorted(_ROLES & set(claims.get("roles", [])))


def _described(claims: Any) -> str:
    name = harmless(str(claims.get("preferred_username") or claims.get("sub") or "somebody"))
    roles = ", ".join(_roles(claims)) or "no role: whoever administers your area can give you one"
    of = [f"{field} {harmless(str(claims[field]))}" for field in ("agency", "provider") if claims.get(field)]
    areas = ", ".join(harmless(str(area)) for area in claims.get("areas", [])) or "none"
    return f"You are {name}: {roles}. Areas: {areas}.{''.join(f' Your {each}.' for each in of)}"
