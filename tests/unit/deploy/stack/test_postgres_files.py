"""PostgreSQL's binaries, as far as they need no network."""

import hashlib
import io
import platform
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from deploy.stack import maven, postgres, postgres_files
from deploy.stack.errors import ParleyError


def packed(program: bytes) -> bytes:
    """A jar as it is published, of one program."""
    files = io.BytesIO()
    with tarfile.open(fileobj=files, mode="w:xz") as archive:
        entry = tarfile.TarInfo("bin/postgres")
        entry.size, entry.mode = len(program), 0o755
        archive.addfile(entry, io.BytesIO(program))
    jar = io.BytesIO()
    with zipfile.ZipFile(jar, "w") as outer:
        outer.writestr("META-INF/MANIFEST.MF", "")
        outer.writestr("postgres-of-somewhere.txz", files.getvalue())
    return jar.getvalue()


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What the repository serves, and this user's empty caches."""
    import jgo

    content = packed(b"a server")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(jgo.config.GlobalSettings, "load", classmethod(lambda cls: cls(repo_cache=tmp_path / "empty")))
    monkeypatch.setattr(maven, "download", lambda _url, archive: archive.write_bytes(content))
    return content


def expect(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    known = postgres_files._Archive("of-here", len(content), hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(postgres_files, "_ARCHIVES", {(sys.platform, platform.machine()): known})


def test_the_binaries_are_unpacked_once_and_nothing_else_stays(
    published: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect(monkeypatch, published)
    postgres_files.fetch()
    program = postgres_files.folder() / "bin" / "postgres"
    assert program.read_bytes() == b"a server"
    assert program.stat().st_mode & 0o111
    assert {path.name for path in maven.cache_folder().iterdir()} == {
        f"postgres-{postgres_files.POSTGRES_VERSION}",
        f"postgres-{postgres_files.POSTGRES_VERSION}.lock",
    }
    monkeypatch.delattr(maven, "download")
    postgres_files.fetch()


@pytest.mark.usefixtures("published")
def test_what_was_not_tested_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    expect(monkeypatch, b"another")
    with pytest.raises(RuntimeError, match="is not the PostgreSQL"):
        postgres_files.fetch()
    assert not postgres_files.is_fetched()


@pytest.mark.usefixtures("published")
async def test_a_machine_that_has_no_binaries_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "abacus")
    with pytest.raises(ParleyError, match=r"abacus\. Set PARLEY_POSTGRES_URL"):
        await postgres.fetch(lambda _text: None)
