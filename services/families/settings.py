"""Settings of the families service, each from `PARLEY_<NAME>`."""

import base64
from pathlib import Path

from pydantic import Field

from services.families.domain.matching import Thresholds
from services.families.domain.tokens import Tokens
from shared.service.settings import ServiceSettings


class FamiliesSettings(ServiceSettings):
    """Frozen settings. Weights are bits of evidence; the defaults are those whose quality the README shows."""

    # The key that tokens are made under, as base64. Its loss costs the tokens, which can be made again.
    linkage_key_file: Path = Path("linkage-key")
    parent_weight: float = Thresholds.parent
    automatic_weight: float = Thresholds.automatic
    doubtful_weight: float = Thresholds.doubtful
    # A token that more screenings share than this identifies nobody: a school's own number, a hostel's postcode.
    common_token: int = Field(default=200, ge=2)
    # How often what was erased with a person's key is cleared away, in seconds. It is beyond use before that.
    clearing_interval_s: float = Field(default=300.0, gt=0)

    def thresholds(self) -> Thresholds:
        """What the evidence must reach."""
        return Thresholds(self.parent_weight, self.automatic_weight, self.doubtful_weight)

    def tokens(self) -> Tokens:
        """Tokens under the linkage key. Raises ValueError with what is wrong, so that the service does not start."""
        try:
            content = self.linkage_key_file.read_text(encoding="utf-8")
            return Tokens(base64.b64decode(content.strip(), validate=True))
        except (OSError, ValueError) as error:
            raise ValueError(f"PARLEY_LINKAGE_KEY_FILE ({self.linkage_key_file}): {error}") from None
