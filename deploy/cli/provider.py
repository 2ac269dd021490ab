"""`parley provider key`: the public key that contact details are encrypted for, as its provider gives it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from joserfc.jwk import ECKey, OKPKey

from deploy.cli.tables import plain_table
from deploy.directory.topic import publish_entries, registered_entries
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.sign_in import SignIn, claims_of
from deploy.stack.terminal import harmless, plain_console
from shared.contracts.directory import ProviderRegistered
from shared.contracts.directory_keys import wrong_key
from shared.contracts.topics import PROVIDER_RETENTION_DAYS

_SERVICE = "notification"
_LARGEST_BYTES = 10_000

console = plain_console()
provider = typer.Typer(help="What a provider does itself.", no_args_is_help=True)
key = typer.Typer(help="The public key that contact details are encrypted for.", no_args_is_help=True)
provider.add_typer(key, name="key")

KeyFile = Annotated[Path, typer.Argument(metavar="FILE", help="Your public key as a JWK: EC P-256, or OKP X25519.")]
OnBehalfOf = Annotated[
    str | None,
    typer.Option(
        "--on-behalf-of",
        metavar="PROVIDER",
        help="For whoever administers the directory: the provider whose key it is, who is not signed in here.",
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(provider, name="provider")


@key.command(epilog="Example: parley provider key show")
def show(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Show your provider's keys by their fingerprints: the one in force, and those of before."""
    stack = load_stack(Home.from_environment())
    with OperatorClient(stack) as client:
        found = client.get(_SERVICE, f"/providers/{_own(stack)}/keys")
    if as_json:
        print(json.dumps(found))
    else:
        _show(found["keys"])


@key.command("register", epilog="Example: parley provider key register public.jwk")
def register_key(file: KeyFile, on_behalf_of: OnBehalfOf = None) -> None:
    """Give your provider's first public key. Referrals that wait for it go out at once.

    Make the pair yourself, and keep the private part where nobody else is: a file that holds one is refused. Until a
    provider has given a key it is told nothing of a family; nothing goes out unencrypted.
    """
    public_key = _read(file)

    def already(known: list[Json]) -> str | None:
        if known and known[0]["fingerprint"] != _fingerprint(public_key):
            return "There is a key already. `parley provider key rotate FILE` puts this one in its place."
        return None

    _give(public_key, on_behalf_of, already)


@key.command(epilog="Example: parley provider key rotate public-2027.jwk")
def rotate(file: KeyFile, on_behalf_of: OnBehalfOf = None) -> None:
    """Put another public key in the place of your provider's. What is sent from now on is encrypted for it.

    What was sent before stays encrypted for the one before: keep its private part for as long as it says.
    """

    def none_yet(known: list[Json]) -> str | None:
        return None if known else "There is no key yet. `parley provider key register FILE` gives the first."

    _give(_read(file), on_behalf_of, none_yet)


def _give(public_key: dict[str, Any], on_behalf_of: str | None, obstacle: Callable[[list[Json]], str | None]) -> None:
    """Gives a key, where nothing stands against it among those that a provider's manager has given already."""
    stack = load_stack(Home.from_environment())
    if on_behalf_of is not None:
        _publish(stack, on_behalf_of, public_key)
        return
    with OperatorClient(stack) as client:
        path = f"/providers/{_own(stack)}/keys"
        if against := obstacle(client.get(_SERVICE, path)["keys"]):
            raise ParleyError(against)
        _show(client.post(_SERVICE, path, {"public_key": public_key})["keys"])


def asked(method: str, what: str, body: Mapping[str, Any] | None = None) -> Json:
    """What notification answers to this request about the provider of whoever is signed in."""
    stack = load_stack(Home.from_environment())
    with OperatorClient(stack) as client:
        path = f"/providers/{_own(stack)}/{what}"
        return client.get(_SERVICE, path) if method == "GET" else client.post(_SERVICE, path, body)


def _own(stack: Stack) -> str:
    """The provider of whoever is signed in. The service checks it; here it only says what to ask for."""
    token = SignIn(stack.home).access_token()
    of = claims_of(token).get("provider") if token else None
    if not of:
        raise ParleyError(
            "This is for a provider's own manager: `parley sign-in` as one. Whoever administers the directory gives a "
            "key with --on-behalf-of PROVIDER."
        )
    return str(of)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = file.read_bytes()
        found = json.loads(content) if len(content) <= _LARGEST_BYTES else None
    except OSError as error:
        raise ParleyError(f"{file} can't be read: {error.strerror}.") from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ParleyError(f"{file} is not a JWK.")
    if wrong := wrong_key(found):
        raise ParleyError(f"{file} {wrong}.")
    return found


def _fingerprint(public_key: Mapping[str, Any]) -> str:
    kind: type[ECKey] | type[OKPKey] = ECKey if public_key["kty"] == "EC" else OKPKey
    return str(kind.import_key(dict(public_key)).thumbprint())


def _publish(stack: Stack, name: str, public_key: dict[str, Any]) -> None:
    """Puts it into the directory, from where every service has it within a second."""
    entry = registered_entries(stack).get(f"provider/{name}")
    if not isinstance(entry, ProviderRegistered):
        raise ParleyError(f"The directory has no provider {name}.")
    publish_entries(stack, [entry.model_copy(update={"public_key": public_key})])
    console.print(f"{name} has the key {_fingerprint(public_key)}. {_keep()}", soft_wrap=True)


def _keep() -> str:
    return f"It keeps the private part of an earlier one for {PROVIDER_RETENTION_DAYS} days."


def _show(keys: list[Json]) -> None:
    if not keys:
        console.print("There is no key: referrals wait, and you are told nothing of a family until you give one.")
        return
    table = plain_table()
    for heading in ("fingerprint", "since", "private part"):
        # A fingerprint is compared by eye, in one piece.
        table.add_column(heading, no_wrap=True)
    for each in keys:
        until = f"keep until {each['until'][:10]}" if each["until"] else "in force"
        table.add_row(*map(harmless, (each["fingerprint"], each["since"][:10], until)))
    console.print(table)
