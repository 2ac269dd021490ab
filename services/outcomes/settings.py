"""Settings of the outcomes service."""

from pathlib import Path

from pydantic import Field

from services.outcomes.domain.pseudonyms import Pseudonyms
from shared.service.settings import ServiceSettings


class OutcomesSettings(ServiceSettings):
    """Frozen settings. `pseudonym_key_file` holds the key that pseudonyms are made under, as base64."""

    # Rows are copied table by table: the fuller a batch, the less each of its events costs.
    batch_size: int = Field(default=3_000, ge=1)
    pseudonym_key_file: Path = Path("pseudonym-key")
    # Where the star is written; without a folder it is not. All processes of the service share it.
    star_folder: Path | None = None
    # Where what is published goes, for good: the next is held against all that was. Without a folder nothing is.
    publications_folder: Path | None = None
    # What DuckDB may take of a machine that also serves pages: beyond it, it spills to the folder.
    star_memory_mb: int = Field(default=1_024, ge=128)
    star_threads: int = Field(default=1, ge=1, le=64)


def settings_of(settings: ServiceSettings) -> OutcomesSettings:
    """This service's own settings. Raises TypeError for another's."""
    if not isinstance(settings, OutcomesSettings):
        raise TypeError("the outcomes service needs OutcomesSettings")
    return settings


def pseudonyms_under(settings: ServiceSettings) -> Pseudonyms:
    """Pseudonyms under this service's own key. Raises ValueError saying what is wrong, so that it does not start."""
    file = settings_of(settings).pseudonym_key_file
    try:
        return Pseudonyms.from_text(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"PARLEY_PSEUDONYM_KEY_FILE ({file}): {error}") from None
