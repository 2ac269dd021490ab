"""`parley sign-in`, `sign-out` and `whoami`: who asks the services for what."""

import json
import os
from typing import Annotated

import typer

from deploy.demo.people import sign_in_as
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.openid import Issued, OpenIdProvider
from deploy.stack.sign_in import SignIn, ca_file_of, claims_of, described, issuer_of, roles_in
from deploy.stack.terminal import harmless, plain_console

console = plain_console()


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("sign-in", epilog="Examples: parley sign-in · parley sign-in --as demo-coordinator")(sign_in)
    app.command("sign-out", epilog="Example: parley sign-out")(sign_out)
    app.command(epilog="Example: parley whoami --json | jq .roles")(whoami)


def sign_in(
    of_demo: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Be a made-up person of the demo, such as demo-coordinator."),
    ] = None,
) -> None:
    """Sign in at your browser, here or on another device; what you do next is done in your name.

    With --as no browser is needed: the demo keeps the passwords of its people in credentials/people.

    An automation does not sign in: set PARLEY_CLIENT_ID and PARLEY_CLIENT_SECRET. Another identity provider than the
    stack's own is named by PARLEY_IDENTITY_ISSUER and PARLEY_IDENTITY_CA_FILE.
    """
    home = Home.from_environment()
    issuer = issuer_of(home)
    if of_demo is not None:
        stack = load_stack(home)
        _signed_in(home, stack.identity_issuer, sign_in_as(stack, of_demo))
        return
    with OpenIdProvider(issuer, ca_file_of(home)) as provider:
        begun = provider.begin()
        if begun.complete_uri:
            console.print(f"Open {harmless(begun.complete_uri)}", soft_wrap=True)
            console.print(f"and see that it shows the code {harmless(begun.user_code)}.")
        else:
            console.print(f"Open {harmless(begun.verification_uri)} and enter the code {harmless(begun.user_code)}.")
        issued = provider.wait(begun)
    _signed_in(home, issuer, issued)


def _signed_in(home: Home, issuer: str, issued: Issued) -> None:
    SignIn(home).store(issuer, issued)
    console.print(described(claims_of(issued.access_token)), soft_wrap=True)


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
        print(json.dumps({**shown, "roles": roles_in(claims), "areas": list(claims.get("areas", []))}))
    else:
        console.print(described(claims), soft_wrap=True)
