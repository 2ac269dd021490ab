"""Settings of the referral service, each from `PARLEY_<NAME>`."""

from datetime import timedelta

from pydantic import Field

from services.referral.domain.safety.emergency import Limits
from shared.service.settings import ServiceSettings


class ReferralSettings(ServiceSettings):
    """Frozen settings."""

    # For how long somebody reads a case that they opened in an emergency, and within how long that is to be reviewed.
    emergency_access_minutes: int = Field(default=60, ge=5, le=480)
    emergency_review_hours: int = Field(default=72, ge=1, le=720)

    def emergency_limits(self) -> Limits:
        """The two as durations."""
        return Limits(timedelta(minutes=self.emergency_access_minutes), timedelta(hours=self.emergency_review_hours))
