"""`parley training`: sessions and places, attendance and certificates, follow-ups, and untrained screeners.

The commands only pass requests on to the workforce service, which decides.
"""

import typer

from deploy.cli.training import records, sessions


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    training = typer.Typer(
        help="Training of the people who meet families: sessions, certificates, and who screens untrained.",
        no_args_is_help=True,
    )
    sessions.register(training)
    records.register(training)
    app.add_typer(training, name="training")
