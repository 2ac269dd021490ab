"""Times from outside parties: every RFC 3339 text is read as its instant, and anything else is a finding."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.contracts.written import Date, Timestamp
from shared.messaging.core.findings import findings_of


class Written(BaseModel):
    """A record with both."""

    model_config = ConfigDict(strict=True)
    at: Timestamp
    on: Date = date(2025, 4, 1)


def read(text: Any) -> datetime:
    return Written.model_validate({"at": text}).at


def found(**fields: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Written.model_validate(fields)
    return [f"{each.field}: {each.rule}" for each in findings_of(caught.value, Written)]


OFFSETS = st.integers(-(24 * 60 - 1), 24 * 60 - 1).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(timezones=OFFSETS).filter(lambda time: 1 < time.year < 9999)


@st.composite
def written(draw: st.DrawFn) -> tuple[datetime, str]:
    """A time, and one of the ways in which RFC 3339 lets it be written."""
    time = draw(TIMES)
    text = time.isoformat(timespec=draw(st.sampled_from(["auto", "microseconds"])))
    if time.utcoffset() == timedelta(0):
        text = text[:-6] + draw(st.sampled_from(["Z", "z", "+00:00", "-00:00"]))
    fraction = draw(st.text("0123456789", max_size=12)) if "." in text else ""
    place = text.index(".") + 7 if fraction else len(text)
    return time, (text[:place] + fraction + text[place:]).replace("T", draw(st.sampled_from("Tt")))


@given(written())
def test_any_way_of_writing_a_time_is_that_instant_in_utc(written_time: tuple[datetime, str]) -> None:
    time, text = written_time
    assert read(text) == time
    assert read(text).utcoffset() == timedelta(0)


_WRONG = [
    ("at the end", lambda text: text + " "),
    ("no offset", lambda text: text[:-6]),
    ("an underscore", lambda text: text.replace("-", "_", 1)),
    ("a space", lambda text: text.replace("T", " ")),
    ("no colon in the offset", lambda text: text[:-3] + text[-2:]),
    ("an offset of sixty minutes", lambda text: text[:-2] + "60"),
    ("no seconds", lambda text: text[:16] + text[-6:]),
    ("a comma", lambda text: text[:19] + ",5" + text[-6:]),
    ("hour 24", lambda text: text[:11] + "24" + text[13:]),
    ("month 13", lambda text: text[:5] + "13" + text[7:]),
    ("other digits", lambda text: text.replace("0", "\u0660", 1)),
    ("the day first", lambda text: f"{text[8:10]}/{text[5:7]}/{text[:4]}"),
]


@given(TIMES, st.sampled_from(_WRONG))
def test_what_is_not_rfc_3339_is_a_finding(time: datetime, wrong: tuple[str, Any]) -> None:
    text = time.isoformat(timespec="seconds")
    broken = wrong[1](text)
    assume(broken != text)
    (finding,) = found(at=broken)
    assert finding.startswith("at: must be ")
    assert "RFC 3339" in finding
    assert broken not in finding


@pytest.mark.parametrize(
    "value", [1743494400, 1743494400.5, "1743494400", True, None, [], "", "now", "2025-02-30T00:00:00Z"]
)
def test_numbers_words_and_days_that_no_calendar_has_are_findings(value: Any) -> None:
    (finding,) = found(at=value)
    assert "RFC 3339" in finding


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z"])
def test_a_time_that_is_out_of_reach_in_utc_is_a_finding(text: str) -> None:
    assert "a time that exists" in found(at=text)[0]


def test_a_leap_second_is_the_second_after_it() -> None:
    assert read("2016-12-31T23:59:60Z") == read("2017-01-01T00:59:60+01:00") == datetime(2017, 1, 1, tzinfo=UTC)
    assert found(at="2016-12-31T12:00:60Z")


@given(st.dates())
def test_a_date_is_written_one_way_alone(day: date) -> None:
    assert Written.model_validate({"at": "2025-04-01T00:00:00Z", "on": day.isoformat()}).on == day
    for wrong in (f"{day:%d/%m/%Y}", day.isoformat().replace("-", ""), f"{day.isoformat()}T00:00:00Z", day.toordinal()):
        assert found(at="2025-04-01T00:00:00Z", on=wrong) == ["on: must be a date such as 2025-04-01"]
