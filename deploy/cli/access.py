"""`parley access`: who may do what in Kafka, checked and mended; credentials of parties, and clients of automations."""

import json
from typing import Annotated

import typer

from deploy.cli.access_client import client
from deploy.cli.display import Steps
from deploy.cli.tables import plain_table
from deploy.directory.access import Drift, find_drift, mend
from deploy.directory.parties import restore as restore_party
from deploy.directory.parties import revoke as revoke_party
from deploy.directory.parties import rotate as rotate_party
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.kafka_rights import described
from deploy.stack.terminal import plain_console

console = plain_console()
access = typer.Typer(
    help="Credentials and rights in Kafka: check them; rotate, revoke or restore a party's. Automations' clients.",
    no_args_is_help=True,
)
_PARTY = typer.Argument(
    metavar="PARTY", help="A Kafka user: agency.<id>, provider.<id>, analyst, operator, or a service."
)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(access, name="access")
    access.add_typer(client, name="client")


@access.command(epilog="Examples: parley access check · parley access check --apply · parley access check --json")
def check(
    apply: Annotated[bool, typer.Option("--apply", help="Mend it: remove what is extra, add what is missing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Compare Kafka's users and ACLs with the services' manifests and the directory.

    Shows what is missing, and what is extra: left over from who has left the directory, or given by hand. Each password
    of this home is tried. Exits with 1 if anything differs, also with --apply when not everything could be mended.
    Parties that `parley access revoke` has shut out are listed, and do not count. Run it without --apply first: what is
    extra is taken away, and who uses it loses access at once.
    """
    stack = load_stack(Home.from_environment())
    messages = plain_console(stderr=True) if as_json else console
    with Steps(messages, "Comparing Kafka with manifests and directory"):
        drift = find_drift(stack)
    if drift and apply:
        if not as_json:
            _show(drift, as_json=False)
        with Steps(messages, "Mending"):
            mend(stack, drift)
            drift = find_drift(stack)
        messages.print(f"Credentials are in {stack.home.credentials}. Now:", soft_wrap=True)
    _show(drift, as_json=as_json)
    if drift:
        raise typer.Exit(1)


@access.command(epilog="Examples: parley access rotate agency.hants-mash · parley access rotate screening")
def rotate(party: Annotated[str, _PARTY]) -> None:
    """Give PARTY a new password, for example because the old one may be known to others.

    The old one is refused from now on. Who is connected with it is shut out within a minute (PARLEY_KAFKA_SESSION_S; of
    an external Kafka, its connections.max.reauth.ms). Send the party its new credentials file. A service is started
    again with its new password, and goes on where it was.
    """
    stack = load_stack(Home.from_environment())
    with Steps(console, f"Giving {party} a new password"):
        rotate_party(stack, party)
    console.print(_credentials(stack, party), soft_wrap=True)
    console.print(f"The old password is refused; who is connected with it is shut out within {_session(stack)}.")


@access.command(epilog="Example: parley access revoke provider.mediation-now")
def revoke(party: Annotated[str, _PARTY]) -> None:
    """Shut PARTY out: everything is denied to it at once, connected or not.

    Its credential and rights are removed; its topics and what is on them stay. It stays shut out, whatever is applied
    later, until `parley access restore PARTY`. For a party that has left for good, set `left: true` in the directory.
    """
    stack = load_stack(Home.from_environment())
    with Steps(console, f"Shutting {party} out"):
        revoke_party(stack, party)
    console.print(f"{party} has no access any more. `parley access restore {party}` gives it back.", soft_wrap=True)


@access.command(epilog="Example: parley access restore provider.mediation-now")
def restore(party: Annotated[str, _PARTY]) -> None:
    """Let a revoked PARTY in again, with a new password."""
    stack = load_stack(Home.from_environment())
    with Steps(console, f"Letting {party} in"):
        restore_party(stack, party)
    console.print(_credentials(stack, party), soft_wrap=True)


def _credentials(stack: Stack, party: str) -> str:
    return f"{party} has a new password: {stack.home.credentials / party}.properties."


def _session(stack: Stack) -> str:
    if stack.home.remembered().get("external_kafka"):
        return "the time that this Kafka gives a session (connections.max.reauth.ms)"
    return f"{stack.home.remembered()['kafka_session_s']} seconds"


def _show(drift: Drift, *, as_json: bool) -> None:
    rows = [
        *(("missing user", user) for user in drift.missing_users),
        *(("extra user", user) for user in drift.extra_users),
        *(("wrong password", user) for user in drift.refused),
        *(("missing right", described(acl)) for acl in drift.missing_acls),
        *(("extra right", described(acl)) for acl in drift.extra_acls),
    ]
    if as_json:
        found = [{"drift": kind, "what": what} for kind, what in rows]
        print(json.dumps({"drift": found, "revoked": list(drift.revoked)}, indent=1))
        return
    table = plain_table()
    table.add_column("drift", no_wrap=True)
    table.add_column("what", overflow="fold")
    for kind, what in rows:
        table.add_row(kind, what)
    if rows:
        console.print(table)
    else:
        console.print("Kafka's users and rights are as manifests and directory say.")
    if drift.revoked:
        console.print(f"Shut out by `parley access revoke`: {', '.join(drift.revoked)}.", soft_wrap=True)
