"""The services' tables of contents, with nothing behind them: no database, no Kafka."""

import base64
import importlib
from pathlib import Path

from shared.contracts.manifest import Manifest
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context, Wiring
from shared.service.settings import ServiceSettings


def context_of(service: Manifest, keys: Path) -> Context:
    """What a service is wired with. `keys`: an empty folder, for keys of its own."""
    for secret in service.secrets:
        (keys / secret).write_text(base64.b64encode(bytes(32)).decode())
    secrets = {f"{secret.replace('-', '_')}_file": keys / secret for secret in service.secrets}
    settings = settings_of(service)(**secrets)
    return Context(service.name, settings, None, None, Clock("events"))  # type: ignore[arg-type]


def wired(service: Manifest, keys: Path) -> Wiring:
    """A service's table of contents."""
    wiring: Wiring = importlib.import_module(service.module).wire(context_of(service, keys))
    return wiring


def settings_of(service: Manifest) -> type[ServiceSettings]:
    found = vars(importlib.import_module(service.module)).values()
    own = [each for each in found if isinstance(each, type) and issubclass(each, ServiceSettings)]
    return own[0]
