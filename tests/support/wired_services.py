"""The services' tables of contents, with nothing behind them: no database, no Kafka."""

from pathlib import Path

from shared.contracts.manifest import Manifest
from shared.service.definition import Wiring
from shared.service.openapi_documents import context_of, settings_of, wiring_of

__all__ = ["context_of", "settings_of", "wired"]


def wired(service: Manifest, keys: Path) -> Wiring:
    """A service's table of contents. `keys`: an empty folder, for keys of its own."""
    return wiring_of(service, context_of(service, keys))
