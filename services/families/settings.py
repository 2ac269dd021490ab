"""Settings of the families service."""

import base64
import hmac
from pathlib import Path

from pydantic import Field

from services.families.domain.matching import Thresholds
from shared.service.settings import ServiceSettings

_KEY_BYTES = 32
_TOKEN_BYTES = 16


class FamiliesSettings(ServiceSettings):
    """Frozen settings. Weights are bits of evidence; the defaults are those whose quality the README shows."""

    # The key that tokens are made under, as base64. Its loss costs the tokens, which can be made again.
    linkage_key_file: Path = Path("linkage-key")
    parent_weight: float = Thresholds.parent
    automatic_weight: float = Thresholds.automatic
    doubtful_weight: float = Thresholds.doubtful
    # What more screenings share than this says nothing: a school's own number, a hostel's postcode.
    common_token: int = Field(default=200, ge=2)
    # How often what was erased with a person's key is cleared away, in seconds. It is beyond use before that.
    clearing_interval_s: float = Field(default=300.0, gt=0)

    def thresholds(self) -> Thresholds:
        """What the evidence must reach."""
        return Thresholds(self.parent_weight, self.automatic_weight, self.doubtful_weight)


class Tokens:
    """Makes keyed tokens: the same key of a family gives the same token, and no token tells what it was made of."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError(f"the linkage key must have {_KEY_BYTES} bytes")
        self._key = key

    @classmethod
    def read(cls, file: Path) -> "Tokens":
        """From a file of base64. Raises ValueError saying what is wrong, so that the service does not start."""
        try:
            return cls(base64.b64decode(file.read_text(encoding="utf-8").strip(), validate=True))
        except (OSError, ValueError) as error:
            raise ValueError(f"PARLEY_LINKAGE_KEY_FILE ({file}): {error}") from None

    def token(self, text: str) -> bytes:
        """HMAC-SHA-256, cut to 128 bits."""
        return hmac.digest(self._key, text.encode(), "sha256")[:_TOKEN_BYTES]
