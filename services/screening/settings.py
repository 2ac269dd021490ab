"""Settings of the screening service, each from `PARLEY_<NAME>`."""

from datetime import timedelta

from pydantic import Field

from shared.service.settings import ServiceSettings


class ScreeningSettings(ServiceSettings):
    """Frozen settings."""

    # For how long a draft is kept after it was saved last.
    draft_days: int = Field(default=14, ge=1, le=60)
    # For how long a parent's request is kept after somebody did something about it last.
    request_days: int = Field(default=90, ge=28, le=180)

    @property
    def draft_life(self) -> timedelta:
        """The same as a duration."""
        return timedelta(days=self.draft_days)
