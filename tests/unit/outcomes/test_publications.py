"""What leaves as files: readable, harmless in a spreadsheet, the same bytes again, and nothing suppressed in it."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import frictionless
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.outcomes.domain.disclosure.suppression import UnprotectableError, protected
from services.outcomes.domain.disclosure.table import ALL, CountedTable, Dimension, Outline
from services.outcomes.domain.publication.content import (
    DamagedPublicationError,
    DefinedTable,
    Definition,
    Publication,
    Statistic,
    tables_of,
)
from services.outcomes.handlers.publication import Counted, Edition, publish
from services.outcomes.repository.publications.excel import workbook
from services.outcomes.repository.publications.folder import earlier, files_of, store
from services.outcomes.repository.publications.safe_text import safe_text

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
AREA = Dimension("area", ("Ashby", "Bexley", "Corby"))
MET = Dimension("met", ("yes", "no"))
MEANING = Definition(
    "Parents who started", "Parents who came to a session.", "who came", "who were referred", "", "star"
)
SENTINEL = 654_321
"""Large enough not to be in a file by chance; it is suppressed to protect a small one."""


def counted(dimensions: tuple[Dimension, ...] = (AREA,), name: str = "parents-started") -> CountedTable:
    numbers = {("Ashby",): 4, ("Bexley",): SENTINEL, ("Corby",): 777_777}
    return CountedTable(Outline(name, "parents", dimensions), numbers)


def publication(**changes: Any) -> Publication:
    (safe,) = protected([counted()], 10).tables
    mean = Statistic("mean_change", "mean change", {("Ashby",): 3.14159, ("Bexley",): 2.71828, (ALL,): 1.41421}, 2)
    values: dict[str, Any] = {
        "name": "2026-q3", "title": "July to September", "period": "2026 Q3", "made_on": "2026-10-15", "smallest": 10,
        "tables": (DefinedTable(safe, MEANING, (mean,)),), "versions": {"parley": "0.1.0", "star": "sha256:abc"},
    }  # fmt: skip
    return Publication(**{**values, **changes})


def cells(content: bytes) -> list[dict[str, tuple[str, str]]]:
    """For each sheet of a workbook the kind and content of its cells. Fails on a formula or a link."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not [name for name in book.namelist() if "external" in name.lower() or "hyperlink" in name.lower()]
        strings: list[str] = []
        if "xl/sharedStrings.xml" in book.namelist():
            root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314
            strings = ["".join(part.text or "" for part in each.iter(f"{SHEET}t")) for each in root]
        for name in sorted(names, key=lambda each: int(re.sub(r"\D", "", each))):
            sheet = ElementTree.fromstring(book.read(name))  # noqa: S314
            assert not [*sheet.iter(f"{SHEET}f"), *sheet.iter(f"{SHEET}hyperlink")]
            here = {}
            for cell in sheet.iter(f"{SHEET}c"):
                value, kind = cell.find(f"{SHEET}v"), cell.get("t", "n")
                if value is not None and value.text is not None:
                    here[cell.get("r", "")] = (kind, strings[int(value.text)] if kind == "s" else value.text)
            found.append(here)
    return found


def test_the_same_publication_is_the_same_bytes_and_another_has_another_hash() -> None:
    assert files_of(publication()) == files_of(publication())
    assert publication().digest != publication(smallest=11).digest
    assert publication().digest != publication(versions={"parley": "0.1.1"}).digest
    assert json.loads(publication().serialised())["sha256"] == publication().digest


def test_no_file_has_a_suppressed_number_or_what_was_worked_out_of_its_units(tmp_path: Path) -> None:
    files = files_of(publication())
    with zipfile.ZipFile(io.BytesIO(files["2026-q3.xlsx"])) as book:
        text = [book.read(name) for name in book.namelist()]
    read = pq.read_table(io.BytesIO(files["parquet/parents-started.parquet"])).to_pylist()
    text += [json.dumps(read).encode(), *(content for name, content in files.items() if name.endswith(("json", "csv")))]
    everything = b"\n".join(text)
    for secret in (b"654321", b"654,321", b"3.14", b"2.72", b"2.71"):
        assert secret not in everything
    assert b"777777" in everything
    assert b"1.41" in everything
    assert [(row["area"], row["number"], row["mean_change"]) for row in read] == [
        (ALL, SENTINEL + 777_781, 1.41), ("Ashby", None, None), ("Bexley", None, None), ("Corby", 777_777, None),
    ]  # fmt: skip


def test_the_csv_files_are_valid_by_their_own_dictionary(tmp_path: Path) -> None:
    folder = store(publication(), tmp_path)
    report = frictionless.validate(str(folder / "csv/datapackage.json"))
    assert report.valid, report.flatten(["type", "note"])
    resource = frictionless.Package(str(folder / "csv/datapackage.json")).resources[0]
    rows = resource.read_rows()
    assert [row["number"] for row in rows] == [SENTINEL + 777_781, None, None, 777_777]
    assert resource.schema.get_field("number").description == "parents"
    (folder / "csv/parents-started.csv").write_text("area,number,mean_change\r\nDerby,4,\r\n")
    assert not frictionless.validate(str(folder / "csv/datapackage.json")).valid


def test_a_board_reads_what_is_missing_in_words_and_numbers_as_numbers() -> None:
    notes, sheet = cells(workbook(publication()))
    words = [text for kind, text in sheet.values() if kind == "s"]
    assert words.count("suppressed") == 4
    assert ("n", "777777") in sheet.values()
    assert "Definition: Parents who came to a session." in words
    assert any("below 10, nought included" in text for _, text in notes.values())


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=12).map(lambda text: text),
    st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", "\n=", " =", "|", "%"]),
)
def test_no_text_is_taken_for_a_formula(text: str, start: str) -> None:
    plain = safe_text(start + text)
    assert not plain.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    assert not any(ord(letter) < 32 for letter in plain)


HARMFUL = ('=HYPERLINK("http://example.test","x")', "+1+1", "-2", "@SUM(A1)", "\t=1", "http://example.test/a", '"=1')


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(HARMFUL), min_size=2, max_size=5, unique=True))
def test_names_that_somebody_chose_are_harmless_in_every_file(names: list[str]) -> None:
    dimension = Dimension("provider", tuple(names))
    table = CountedTable(
        Outline("providers", "=1+1", (dimension, MET)), {(name, met): 20 for name in names for met in ("yes", "no")}
    )
    (safe,) = protected([table], 10).tables
    meaning = Definition("=cmd|' /C calc'!A0", "@x", source="-1")
    made = publication(title="=1+1", tables=(DefinedTable(safe, meaning),))
    for sheet in cells(workbook(made)):
        assert all(kind in ("s", "n") for kind, _ in sheet.values())
        assert not [
            text for kind, text in sheet.values() if kind == "s" and text.startswith(("=", "+", "-", "@", "\t"))
        ]
    rows = list(csv.reader(io.StringIO(files_of(made)["csv/providers.csv"].decode())))
    assert not [text for row in rows for text in row if text.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {row[2] for row in rows[1:]} == {"20", "40", str(20 * len(names)), str(40 * len(names))}


def test_an_earlier_publication_is_read_back_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    made = publication()
    store(made, tmp_path)
    (document,) = earlier(tmp_path)
    assert tables_of([document]) == [made.tables[0].table]
    with pytest.raises(DamagedPublicationError, match="2026-q3"):
        tables_of([{**document, "smallest": 1}])


def test_what_is_published_is_not_changed(tmp_path: Path) -> None:
    folder = store(publication(), tmp_path)
    assert store(publication(), tmp_path) == folder
    with pytest.raises(FileExistsError, match="is not changed"):
        store(publication(title="Another"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-q3"]


@pytest.mark.parametrize("name", ["../out", "a/b", "", "A", ".hidden"])
def test_a_name_that_is_no_file_s_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        publication(name=name)


def test_the_second_publication_is_held_against_the_first(tmp_path: Path) -> None:
    """The first suppresses Ashby and Bexley; the second has areas alone of which the rest was a region before."""
    numbers = {("Ashby",): 4, ("Bexley",): 25, ("Corby",): 31}
    regions = Dimension("area", AREA.categories, {"south": ("Bexley", "Corby")})
    first = CountedTable(Outline("areas", "parents", (AREA,)), numbers)
    second = CountedTable(Outline("areas", "parents", (regions,)), numbers)

    def edition(name: str, on: str) -> Edition:
        return Edition(name, name, "2026 Q3", on, 10)

    publish(edition("one", "2026-10-01"), [Counted(first, MEANING)], tmp_path)
    publish(edition("two", "2026-11-01"), [Counted(second, MEANING)], tmp_path)
    _, two = (tables_of([document])[0] for document in earlier(tmp_path))
    assert two.values["south",] is None
    assert two.values["Ashby",] is None
    three = Dimension("area", ("Ashby", "Bexley"))
    corrected = CountedTable(Outline("areas", "parents", (three,)), {("Ashby",): 4, ("Bexley",): 27})
    with pytest.raises((UnprotectableError, ValueError)):
        publish(edition("three", "2026-12-01"), [Counted(corrected, MEANING), Counted(second, MEANING)], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
