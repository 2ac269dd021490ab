"""A certificate as a PDF that a screen reader reads: tagged, with title and language (PDF/UA-1)."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import orjson
import typst
from starlette.responses import Response

from services.workforce.domain.calendar import has_lapsed
from services.workforce.domain.modules import MODULES
from shared.contracts.workforce import TrainingModule
from shared.web.rendering import day

COURSE = tuple(module for module in TrainingModule if module is not TrainingModule.TRAIN_THE_TRAINER)
"""The five modules that are the whole course (S)."""

_TEMPLATE = (files("services.workforce.web") / "certificate.typ").read_bytes()


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is on the page. Nobody is named where it is printed or logged."""

    title: str
    name: str = field(repr=False)
    sentence: str
    modules: Sequence[str]
    dates: Sequence[str]
    numbers: Sequence[str]
    address: str


def of_training(row: Mapping[str, Any], name: str, address: str, module: str = "") -> Certificate | None:
    """The certificate of one training, of one of its modules where it is named; None for one that it did not teach."""
    taught = [code for code in row["modules"] if module in ("", code)]
    if not taught:
        return None
    until = row["valid_until"]
    return Certificate(
        "Certificate of training",
        name,
        f"has completed this training, held by {row['delivered_by']}.",
        _titles(taught),
        [f"Completed on {day(row['completed_on'])}", f"Valid until {day(until)}" if until else "Valid without an end"],
        [row["certificate"]],
        address,
    )


def of_course(rows: Sequence[Mapping[str, Any]], name: str, today: date, address: str) -> Certificate | None:
    """The certificate of the whole course, made of those in force today, the latest first; None where one is missing.

    It has no number of its own: as soon as one of those that it stands on no longer counts, neither does it.
    """
    in_force = [row for row in rows if not has_lapsed(row["valid_until"], today)]
    # Of each module the latest, so that it counts for longest.
    of_module = {module: next((row for row in in_force if module in row["modules"]), None) for module in COURSE}
    chosen = [row for row in of_module.values() if row is not None]
    if len(chosen) < len(COURSE):
        return None
    ends = [row["valid_until"] for row in chosen if row["valid_until"]]
    return Certificate(
        "Certificate of the whole course",
        name,
        "has completed every module of Supporting Separated Families.",
        _titles(COURSE),
        [
            f"Completed on {day(max(row['completed_on'] for row in chosen))}",
            f"Valid until {day(min(ends))}" if ends else "Valid without an end",
        ],
        list(dict.fromkeys(row["certificate"] for row in chosen)),
        address,
    )


async def download(certificate: Certificate) -> Response:
    """The certificate as a file, made beside the event loop."""
    content = await asyncio.to_thread(pdf_of, certificate)
    name = certificate.numbers[0] if len(certificate.numbers) == 1 else "course"
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="certificate-{name}.pdf"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def pdf_of(certificate: Certificate) -> bytes:
    """The PDF. A name in a script that no font has does not pass as PDF/UA; it is tagged all the same."""
    given = {"given": orjson.dumps(asdict(certificate)).decode()}
    made_at = datetime.now(UTC).replace(microsecond=0)
    try:
        found = typst.compile(
            _TEMPLATE, sys_inputs=given, pdf_standards="ua-1", ignore_system_fonts=True, timestamp=made_at
        )
    except typst.TypstError:
        found = typst.compile(_TEMPLATE, sys_inputs=given, timestamp=made_at)
    return bytes(found)


def _titles(modules: Collection[str]) -> list[str]:
    return [about.title for module, about in MODULES.items() if module in modules]
