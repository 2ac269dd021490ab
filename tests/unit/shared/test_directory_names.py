"""Pages call areas, agencies, providers and offers by their names in the directory."""

import re
from pathlib import Path

import pytest

from shared.web.directory_names import Names

SERVICES = Path("services")
# What is written into the text of a page; what is in an attribute (`value="{{ area }}"`, `?area={{ area }}`) is none.
SHOWN = re.compile(r"(?<![\"=/])\{\{ *(?:\w+(?:\[\d+\])?\.)*(?:area|agency|provider|offer) *\}\}")
# What is a name already, and a share of all providers of an area.
NO_ID = {
    "danger.html": "help.area",
    "help_ask.html": "help.area",
    "help_danger.html": "help.area",
    "worry.html": "help.area",
    "provider_performance.html": "row.area",
}


def test_a_name_is_shown_in_place_of_an_id() -> None:
    names = Names({("area", "E10000014"): "Hampshire", ("offer", "x"): ""})

    assert names.of("area", "E10000014") == "Hampshire"
    assert [names.of("agency", "E10000014"), names.of("offer", "x"), names.of("offer", None)] == ["E10000014", "x", ""]


# The queries of families give names alone.
SHOWING = sorted({path.parent.name for path in SERVICES.glob("*/web")} - {"families"})


@pytest.mark.parametrize("service", SHOWING)
def test_no_template_writes_an_id_of_the_directory(service: str) -> None:
    found = [
        f"{path}: {shown}"
        for path in sorted((SERVICES / service / "web").rglob("*"))
        if path.suffix in (".html", ".jinja")
        for shown in SHOWN.findall(path.read_text())
        if shown.strip("{ }") != NO_ID.get(path.name)
    ]

    assert not found, 'these want `| called("area")`'
