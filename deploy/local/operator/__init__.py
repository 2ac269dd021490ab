"""What an operator asks and tells the running services: decisions, dead letters, and a coordinator's worklist."""

import typer

from deploy.local.operator import (
    cases,
    consents,
    dead_letters,
    decisions,
    families,
    offers,
    panel,
    practitioners,
    set_aside,
    training,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    decisions.register(app)
    dead_letters.register(app)
    set_aside.register(app)
    cases.register(app)
    panel.register(app)
    consents.register(app)
    families.register(app)
    offers.register(app)
    training.register(app)
    practitioners.register(app)
