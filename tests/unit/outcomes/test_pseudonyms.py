"""Pseudonyms: steady, apart, and of no use without the key."""

import base64
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.outcomes.domain.pseudonyms import Pseudonyms
from services.outcomes.settings import OutcomesSettings, pseudonyms_under

CASE = UUID("0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10")


def test_the_same_case_has_the_same_pseudonym_and_another_key_another() -> None:
    first, second = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
    assert first.of_case(CASE) == first.of_case(CASE)
    assert len({CASE, first.of_case(CASE), second.of_case(CASE), first.of_case(uuid4())}) == 4


def test_pseudonyms_are_uuids_of_version_8() -> None:
    for _ in range(50):
        assert Pseudonyms(b"1" * 32).of_case(uuid4()).version == 8


def test_facts_of_one_case_have_ids_of_their_own() -> None:
    pseudonyms = Pseudonyms(b"1" * 32)
    ids = {pseudonyms.of_fact(CASE, fact, subject) for fact in ("started", "completed") for subject in ("", "a")}
    assert len(ids) == 4
    assert pseudonyms.of_case(CASE) not in ids


@pytest.mark.parametrize(
    ("written", "message"),
    [("not base64!", "must be base64"), (base64.b64encode(b"short").decode(), "at least 32 bytes")],
)
def test_a_bad_key_is_refused_with_the_file_and_what_is_wrong(tmp_path: Path, written: str, message: str) -> None:
    file = tmp_path / "key"
    file.write_text(written)
    with pytest.raises(ValueError, match=message):
        pseudonyms_under(OutcomesSettings(pseudonym_key_file=file))


def test_a_missing_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="PARLEY_PSEUDONYM_KEY_FILE"):
        pseudonyms_under(OutcomesSettings(pseudonym_key_file=tmp_path / "none"))
