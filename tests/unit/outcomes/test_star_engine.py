"""What goes wrong in the engine is named without the row that it went wrong on."""

from pathlib import Path

import pytest

from services.outcomes.domain.star.reported import REPORTED
from services.outcomes.repository.star_engine import Engine, EngineError
from services.outcomes.repository.star_folder import Manifest, StarFolder


def test_a_row_that_cannot_be_read_is_not_quoted(tmp_path: Path) -> None:
    engine = Engine(tmp_path, 256, 1)
    (tmp_path / "offer_price.csv").write_text("some-family,session,not-a-number\n")
    with pytest.raises(EngineError) as refused:
        engine.read_csv(tmp_path, ["offer_price"])
    assert "some-family" not in str(refused.value)
    assert refused.value.__cause__ is None
    (tmp_path / "offer_price.csv").write_text('"",session,\n,"",5\n')
    engine.read_csv(tmp_path, ["offer_price"])
    engine.close()


def test_empty_text_and_no_text_stay_different(tmp_path: Path) -> None:
    engine = Engine(tmp_path, 256, 1)
    empty = ["" if column != "offer" else '""' for column in REPORTED["offer_price"].columns]
    (tmp_path / "offer_price.csv").write_text(",".join(empty) + "\n")
    engine.read_csv(tmp_path, ["offer_price"])
    assert engine._do("SELECT * FROM offer_price").fetchall() == [("", None, None)]
    engine.close()


def test_versions_are_kept_for_whoever_reads_and_what_was_begun_is_removed(tmp_path: Path) -> None:
    folder = StarFolder(tmp_path / "star")
    assert folder.current() is None
    for number in range(1, 6):
        root = folder.begin()
        (root / "part-0.parquet").write_bytes(b"x")
        version = folder.finish(root, Manifest(newest="2026-01-01", files={"part-0.parquet": "x"}))
        assert (version.root.name, version.size()) == (str(number), 1)
        assert folder.current() == version
    assert sorted(each.name for each in (tmp_path / "star" / "versions").iterdir()) == ["3", "4", "5"]
    begun = folder.begin()
    (begun / "half").write_bytes(b"x")
    again = folder.begin()
    assert again == begun
    assert not list(again.iterdir())
    assert folder.current() == version
