"""The report as a PDF that a screen reader reads: tagged, with title and language (PDF/UA-1)."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from importlib.resources import files
from typing import Any

import orjson
import typst

_TEMPLATE = (files("services.outcomes.web") / "report.typ").read_bytes()


async def pdf(title: str, about: Sequence[str], chapters: Sequence[Mapping[str, Any]], day: date) -> bytes:
    """The PDF, made beside the event loop."""
    return await asyncio.to_thread(pdf_of, title, about, chapters, day)


def pdf_of(title: str, about: Sequence[str], chapters: Sequence[Mapping[str, Any]], day: date) -> bytes:
    """The PDF. The same report gives the same bytes: it is dated by the day until which it counts."""
    given = orjson.dumps({"title": title, "about": about, "chapters": chapters}).decode()
    made_at = datetime.combine(day, time(), UTC)
    found = typst.compile(
        _TEMPLATE, sys_inputs={"given": given}, pdf_standards="ua-1", ignore_system_fonts=True, timestamp=made_at
    )
    return bytes(found)
