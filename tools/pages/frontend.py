"""Writes the release files of GOV.UK Frontend and htmx into shared/web/assets: python -m tools.pages.frontend.

The typeface GDS Transport may be used on service.gov.uk alone, so its faces are taken out of the style sheet and the
text is set in the fonts of whoever reads. The version is the one that govuk-frontend-jinja's README names for its own.
"""

import base64
import hashlib
import io
import re
import sys
import tarfile
from pathlib import Path

import httpx

VERSION = "6.3.0"
SHA512 = "cXIQxm5PHCsbic47GXZrVBZhAeeshTLRL6ZBKilLsR6rMCjJuWb7Fruq0VUNMBJFlJk/srsRj/q8d5bM9cgKoA=="
HTMX_VERSION = "4.0.1"
HTMX_SHA512 = "oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg=="
_REGISTRY = "https://registry.npmjs.org"
_FACE = re.compile(r"@font-face\{[^}]*\}")
_MAP = re.compile(r"/[/*][#@] sourceMappingURL=[^\n*]*(\*/)?")
ASSETS = Path(__file__).parents[2] / "shared" / "web" / "assets"


def main() -> None:
    """Fetches both releases, checks their digests, and writes their files."""
    with _release("govuk-frontend", VERSION, SHA512) as archive:
        style = without_typeface(_text(archive, "dist/govuk/govuk-frontend.min.css"))
        _write("govuk-frontend.min.css", style)
        _write("govuk-frontend.min.js", _MAP.sub("", _text(archive, "dist/govuk/govuk-frontend.min.js")))
    with _release("htmx.org", HTMX_VERSION, HTMX_SHA512) as archive:
        _write("htmx.min.js", _MAP.sub("", _text(archive, "dist/htmx.min.js")))
        _write("hx-sse.min.js", _MAP.sub("", _text(archive, "dist/ext/hx-sse.min.js")))


def _release(name: str, version: str, digest: str) -> tarfile.TarFile:
    address = f"{_REGISTRY}/{name}/-/{name}-{version}.tgz"
    content = httpx.get(address, timeout=60).raise_for_status().content
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != digest:
        sys.exit(f"{address} is not what it was: its digest differs.")
    return tarfile.open(fileobj=io.BytesIO(content))


def _write(name: str, text: str) -> None:
    (ASSETS / name).write_text(text, encoding="utf-8")


def without_typeface(style: str) -> str:
    """The style sheet in the reader's own fonts."""
    return _MAP.sub("", _FACE.sub("", style).replace("GDS Transport,arial,sans-serif", "arial,sans-serif"))


def _text(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(f"package/{name}")
    if file is None:
        sys.exit(f"The release has no file {name}.")
    return file.read().decode()


if __name__ == "__main__":
    main()
