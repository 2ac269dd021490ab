"""`parley training`: sessions and places, attendance and certificates, follow-ups, and who screens untrained.

The commands only carry what a person says to the workforce service, which alone decides.
"""

import typer

from deploy.cli.training import records, sessions


def register(app: typer.Typer) -> None:
    """Add the commands."""
    training = typer.Typer(
        help="Training of the people who meet families: sessions, certificates, and who screens without them.",
        no_args_is_help=True,
    )
    sessions.register(training)
    records.register(training)
    app.add_typer(training, name="training")
