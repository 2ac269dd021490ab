"""Publishes returns to funders when somebody asks for one, one at a time, and checks what was published.

A publication is never changed, so it is not made of half of what there is: what waits is worked out first, and the star
is written. It is made by `run` alone, which reaches everything: whoever asks is answered, and looks how far it is.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from services.outcomes.handlers.facts import PATIENCE_S, FactPublisher
from services.outcomes.handlers.return_process import Asked, ReturnRefusedError, publish_return_apart
from services.outcomes.handlers.star import StarWriter
from services.outcomes.repository.changed import has_changed_cases
from services.outcomes.repository.directory import smallest_groups
from services.outcomes.repository.publications.reading import releases
from services.outcomes.repository.publications.verifying import verification
from services.outcomes.repository.star_engine import EngineError

log = structlog.get_logger()


@dataclass(slots=True)
class Progress:
    """How far a return is that was asked for, and how the last one ended."""

    is_publishing: bool = False
    step: str = ""
    name: str | None = None
    error: str | None = None


class Returns:
    """One for each process. Without a folder for publications, or one for the star, it publishes nothing."""

    def __init__(
        self, pool: "asyncpg.Pool[Any]", publisher: FactPublisher, star: StarWriter, folder: Path | None
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._star = star
        self._folder = folder
        self._asked: asyncio.Queue[Asked] = asyncio.Queue(1)
        self.progress = Progress()

    @property
    def can_publish(self) -> bool:
        """Whether there is somewhere to publish to, and something to count."""
        return self._folder is not None and self._star.has_folder

    def ask(self, asked: Asked) -> bool:
        """Has a return published soon. False where another is under way."""
        if self.progress.is_publishing:
            return False
        self.progress = Progress(is_publishing=True, step="waiting")
        self._asked.put_nowait(asked)
        return True

    async def state(self) -> dict[str, Any]:
        """What was published, newest first, in which folder, and what is being published."""
        found = await asyncio.to_thread(releases, self._folder)
        items = [
            {
                **{name: each.document[name] for name in ("name", "title", "period", "made_on", "sha256")},
                **each.document["settings"],
                "folder": str(each.folder),
            }
            for each in found.values()
        ]
        return {"can_publish": self.can_publish, "progress": asdict(self.progress), "items": items}

    async def verify(self, name: str) -> dict[str, Any] | None:
        """Whether a publication is what its hash says, and what else of it is so; None where there is none."""
        return await asyncio.to_thread(verification, self._folder, name) if self._folder else None

    async def run(self) -> None:
        """Publishes what is asked for, for the life of the process."""
        while True:
            asked = await self._asked.get()
            try:
                self.progress.name = await self._publish(asked)
                log.info("a return was published", name=self.progress.name)
            except ReturnRefusedError as error:
                self.progress.error = str(error)
            except (OSError, EngineError) as error:
                self.progress.error = f"it could not be made: {type(error).__name__}"
                log.error("a return could not be made", fault=type(error).__name__)
            except Exception as error:
                self.progress.error = f"an unexpected fault: {type(error).__name__}"
                raise
            finally:
                self.progress.is_publishing = False

    async def _publish(self, asked: Asked) -> str:
        if self._folder is None:
            raise ReturnRefusedError("there is no folder to publish to")
        self.progress.step = "working out what waits"
        await self._publisher.catch_up(PATIENCE_S)
        self.progress.step = "writing the star"
        await self._star.write()
        async with self._pool.acquire() as connection:
            if self._publisher.reads_a_backlog or await has_changed_cases(connection):
                raise ReturnRefusedError("events are still being read: ask again when they have been")
        version = self._star.current
        if version is None or version.manifest.newest is None:
            raise ReturnRefusedError("the star is empty: nothing is known yet")
        newest = date.fromisoformat(version.manifest.newest)
        groups: Mapping[str, int] = await smallest_groups(self._pool)
        self.progress.step = "counting and protecting"
        return await publish_return_apart(
            asked, version.root / "star", version.manifest.digest, newest, groups, self._folder
        )
