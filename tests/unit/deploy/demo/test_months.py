"""How far the demo's calendar goes."""

import json
from typing import Any

from deploy.demo.months import stops_of_the_calendar
from deploy.replay.file import Submission


def submission(submitted_at: Any) -> Submission:
    return Submission("a", "front-door.a.screenings", b"k", json.dumps({"submitted_at": submitted_at}).encode())


def test_it_goes_to_two_years_after_the_newest_screening_whatever_is_broken_on_purpose() -> None:
    broken = [Submission("a", "t", b"k", value) for value in (b"{", b"[]", b"7")]
    submissions = [
        submission(each) for each in ("2025-04-01T08:00:00Z", "2025-04-19T00:50:00Z", "31/02/2025", 5, "2026-01-01")
    ]
    stops = [stop.isoformat() for _, stop in stops_of_the_calendar([*submissions, *broken])]
    assert stops == ["2026-04-19T00:50:00+00:00", "2027-04-19T00:50:00+00:00"]
    assert list(stops_of_the_calendar(broken)) == []
