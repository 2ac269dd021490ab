"""Writes GOV.UK Frontend's release files into shared/web/assets: python -m tools.pages.frontend.

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
_ADDRESS = f"https://registry.npmjs.org/govuk-frontend/-/govuk-frontend-{VERSION}.tgz"
_FOLDER = "package/dist/govuk"
_FACE = re.compile(r"@font-face\{[^}]*\}")
_MAP = re.compile(r"/[/*][#@] sourceMappingURL=[^\n*]*(\*/)?")
ASSETS = Path(__file__).parents[2] / "shared" / "web" / "assets"


def main() -> None:
    """Fetches the release, checks its digest, and writes both files."""
    content = httpx.get(_ADDRESS, timeout=60).raise_for_status().content
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != SHA512:
        sys.exit(f"{_ADDRESS} is not what it was: its digest differs.")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        style = without_typeface(_text(archive, "govuk-frontend.min.css"))
        script = _MAP.sub("", _text(archive, "govuk-frontend.min.js"))
    (ASSETS / "govuk-frontend.min.css").write_text(style, encoding="utf-8")
    (ASSETS / "govuk-frontend.min.js").write_text(script, encoding="utf-8")


def without_typeface(style: str) -> str:
    """The style sheet in the reader's own fonts."""
    return _MAP.sub("", _FACE.sub("", style).replace("GDS Transport,arial,sans-serif", "arial,sans-serif"))


def _text(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(f"{_FOLDER}/{name}")
    if file is None:
        sys.exit(f"The release has no file {name}.")
    return file.read().decode()


if __name__ == "__main__":
    main()
