"""Screening with its pages, and what a form hands in read at once, as the relay and the broker would have it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from shared.privacy.sealed_records import with_new_key
from tests.support.front_door_form import DIRECTORY
from tests.support.ingress import taking_in
from tests.support.pages_service import AnyPagesService, serving_pages


@asynccontextmanager
async def front_door(databases: Any, folder: Path) -> AsyncIterator[AnyPagesService]:
    """The service, with the agency and area of the form registered and keys to seal records for."""
    keys = folder / "record-keys.json"
    keys.write_text(json.dumps(with_new_key(None)))
    with patch.dict("os.environ", {"PARLEY_RECORD_KEYS_FILE": str(keys)}):
        async with serving_pages(databases, "screening", *DIRECTORY) as service:
            consumers = {"front-door.{agency}.screenings": service.consumers["front-doors"]}
            async with taking_in(service.pool, consumers):
                yield service
