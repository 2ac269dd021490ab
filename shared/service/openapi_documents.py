"""Writes docs/openapi/<service>.json from each service's routes, with nothing behind them: no database, no Kafka.

`python -m shared.service.openapi_documents` writes them; with `--check` it writes nothing and exits with 1 where they
differ.
"""

import argparse
import base64
import importlib
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from shared.contracts.manifest import Manifest, listed_manifests
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context, Wiring
from shared.service.openapi import document
from shared.service.serve import Process
from shared.service.settings import ServiceSettings

DOCS = Path(__file__).parents[2] / "docs" / "openapi"


def context_of(manifest: Manifest, keys: Path) -> Context:
    """What a service is wired with where only its table of contents is read. `keys`: a folder for keys of nobody."""
    files: dict[str, Any] = {}
    for secret in manifest.secrets:
        (keys / secret).write_text(base64.b64encode(bytes(32)).decode())
        files[f"{secret.replace('-', '_')}_file"] = keys / secret
    if manifest.opens_records:
        files["record_keys_file"] = keys / "record-keys"
    nothing: Any = None
    return Context(manifest.name, settings_of(manifest)(**files), nothing, nothing, Clock("events"))


def settings_of(manifest: Manifest) -> type[ServiceSettings]:
    """The settings that a service is started with."""
    found = vars(importlib.import_module(manifest.module)).values()
    return next(each for each in found if isinstance(each, type) and issubclass(each, ServiceSettings))


def wiring_of(manifest: Manifest, context: Context) -> Wiring:
    """A service's table of contents."""
    wiring: Wiring = importlib.import_module(manifest.module).wire(context)
    return wiring


def routes_of(manifest: Manifest) -> list[BaseRoute]:
    """Every route that a service serves. None of them can be asked."""
    with tempfile.TemporaryDirectory() as folder:
        context = context_of(manifest, Path(folder))
        wiring = wiring_of(manifest, context)
        return Process(manifest, context.settings, lambda _: wiring).routes(context, wiring)


def documents() -> Mapping[Path, str]:
    """Every generated file with its text."""
    made = {each.name: document(each, routes_of(each)) for each in listed_manifests()}
    return {
        DOCS / f"{name}.json": json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        for name, content in made.items()
    }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write docs/openapi.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where something differs")
    check = parser.parse_args().check
    made = documents()
    unknown = [path for path in DOCS.glob("*.json") if path not in made]
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    for path in [*stale, *unknown]:
        print(f"{'differs' if check else 'removed' if path in unknown else 'written'}: {path.name}")
    if not check:
        DOCS.mkdir(parents=True, exist_ok=True)
        for path in stale:
            path.write_text(made[path])
        for path in unknown:
            path.unlink()
    return 1 if check and [*stale, *unknown] else 0


if __name__ == "__main__":
    sys.exit(main())
