"""When a service takes place: HSDS schedules, which are RFC 5545 rules with text beside them.

dateutil interprets the rules and determines whether they still have a future day. A rule that an opening time cannot
express, and times given as text, are kept as text: times are never guessed.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrule, rruleset, rrulestr

from deploy.directory.hsds.model import Schedule
from deploy.directory.hsds.salvage import Report

_EVERY = {"WEEKLY": "week", "MONTHLY": "month"}
_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"[+]?(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_MOST_TIMES = 1000
_MINUTES = 24 * 60
_LONGEST_NOTE = 4000

Fields = dict[str, Any]


def opening_time(schedule: Schedule, today: date, report: Report) -> Fields | None:
    """A schedule as an opening time of the contract; None if it is empty or over."""
    valid_to = min((day for day in (schedule.valid_to, schedule.until) if day), default=None)
    if valid_to and valid_to < today:
        report(": is over, and left out")
        return None
    texts = [text for text in (schedule.description, schedule.notes) if text]
    rule = _rule(schedule, report)
    if rule is None and (text := rule_text(schedule)):
        texts.append(text)
    first = schedule.dtstart or schedule.valid_from
    if rule and schedule.count:
        valid_to = _last_of(rule, schedule, first, valid_to, report)
    if valid_to and (valid_to < today or (rule and not _is_to_come(rule, first, valid_to, today))):
        report(": is over, and left out")
        return None
    times = _times(schedule, texts, report)
    if not rule and not texts:
        report(": gives neither days nor text, and is left out")
        return None
    fields = {
        **(rule or {}),
        **({"first_on": schedule.dtstart} if rule else {}),
        **times,
        "valid_from": schedule.valid_from if rule else schedule.valid_from or schedule.dtstart,
        "valid_to": valid_to,
        "note": "; ".join(dict.fromkeys(texts))[:_LONGEST_NOTE] or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def rule_text(schedule: Schedule) -> str:
    """The rule in the notation of RFC 5545, such as `FREQ=WEEKLY;BYDAY=MO`."""
    parts = {
        "FREQ": schedule.freq,
        "INTERVAL": schedule.interval,
        "BYDAY": schedule.byday,
        "BYMONTHDAY": schedule.bymonthday,
        "BYWEEKNO": schedule.byweekno,
        "BYYEARDAY": schedule.byyearday,
        "WKST": schedule.wkst,
    }
    return ";".join(f"{name}={value}" for name, value in parts.items() if value is not None)


def _rule(schedule: Schedule, report: Report) -> Fields | None:
    """The weeks or months of a rule and their days; None if there is no rule, or none that we can express."""
    if schedule.freq is None and schedule.byday is None and schedule.bymonthday is None:
        return None
    try:
        rule = _days(schedule)
    except ValueError as error:
        report(f"{error}; kept in words")
        return None
    return rule


def _days(schedule: Schedule) -> Fields:
    every = _EVERY.get((schedule.freq or "").upper())
    if every is None:
        raise ValueError(".freq: must be WEEKLY or MONTHLY")
    interval = schedule.interval or 1
    for name in ("byweekno", "byyearday"):
        if getattr(schedule, name) is not None:
            raise ValueError(f".{name}: is not supported")
    days = _parts(schedule.byday)
    if not all(_DAY.fullmatch(day) for day in days):
        raise ValueError(".byday: must be days such as MO, or 1MO and -1FR of a month")
    days = [day.removeprefix("+") for day in days]
    month_days = _numbers(schedule.bymonthday)
    if every == "week" and (month_days or any(day not in _WEEK for day in days)):
        raise ValueError(".byday, bymonthday: a number needs MONTHLY")
    if every == "week" and interval > 1 and len(days) > 1 and (schedule.wkst or "MO") != "MO":
        raise ValueError(".wkst: must be MO where weeks are counted")
    if not days and not month_days:
        if schedule.dtstart is None:
            raise ValueError(".byday: must be given, or a first day as dtstart")
        # RFC 5545 derives these from the first day.
        days = [_WEEK[schedule.dtstart.weekday()]] if every == "week" else []
        month_days = [schedule.dtstart.day] if every == "month" else []
    rule = {"every": every, "interval": interval, "days": list(dict.fromkeys(days)), "month_days": month_days}
    return {name: value for name, value in rule.items() if value not in (1, [])}


def _parts(text: str | None) -> list[str]:
    return [part for part in re.split(r"[,\s]+", (text or "").upper()) if part]


def _numbers(text: str | None) -> list[int]:
    try:
        numbers = [int(part) for part in _parts(text)]
    except ValueError:
        numbers = [0]
    if any(not 1 <= abs(number) <= 31 for number in numbers):
        raise ValueError(".bymonthday: must be days of a month, such as 1 or -1")
    return list(dict.fromkeys(numbers))


def _occurrences(rule: Fields, first: date, until: date | None) -> rruleset:
    """The days of a rule from `first` on. Numbered days get a rule of their own: dateutil reads `1MO,TU` as days that
    are both a first Monday and a Tuesday, of which there are none, where RFC 5545 means either.
    """
    every = "WEEKLY" if rule["every"] == "week" else "MONTHLY"
    days = rule.get("days", [])
    numbered = [day for day in days if day not in _WEEK]
    plain = [day for day in days if day in _WEEK]
    rules = rruleset()
    for group in [group for group in (numbered, plain) if group] or [[]]:
        parts = [f"FREQ={every}", f"INTERVAL={rule.get('interval', 1)}"]
        parts += [f"BYDAY={','.join(group)}"] if group else []
        parts += [f"BYMONTHDAY={','.join(map(str, rule['month_days']))}"] if rule.get("month_days") else []
        parts += [f"UNTIL={until.year:04d}{until:%m%d}"] if until else []
        rule_of_group = rrulestr(";".join(parts), dtstart=datetime.combine(first, time()))
        if isinstance(rule_of_group, rrule):
            rules.rrule(rule_of_group)
    return rules


def _last_of(rule: Fields, schedule: Schedule, first: date | None, until: date | None, report: Report) -> date | None:
    """The day of the last of `count` occurrences; the known end date if that cannot be computed."""
    if first is None or schedule.count is None or schedule.count > _MOST_TIMES:
        report(".count: needs a first day as dtstart, and is left out" if first is None else ".count: is left out")
        return until
    days = [each.date() for _, each in zip(range(schedule.count), _safely(rule, first, until), strict=False)]
    return days[-1] if days else until


def _is_to_come(rule: Fields, first: date | None, until: date, today: date) -> bool:
    """Whether the rule has a day between today and its end. A rule that has not begun is not over."""
    if first is None or first >= today:
        return True
    # Skips forward by whole intervals, so that the rhythm of weeks or months is preserved.
    interval = rule.get("interval", 1)
    if rule["every"] == "week":
        start = first + timedelta(weeks=interval) * ((today - first).days // 7 // interval)
    else:
        months = (today.year - first.year) * 12 + today.month - first.month
        start = first.replace(day=1) + relativedelta(months=interval * (months // interval))
    return any(each.date() >= today for each in _safely(rule, start, until))


def _safely(rule: Fields, first: date, until: date | None) -> Iterator[datetime]:
    # Days at the very ends of the calendar overflow, and are no real opening times.
    try:
        for each in _occurrences(rule, first, until):
            if until and each.date() > until:
                return
            yield each
    except (OverflowError, ValueError):
        return


def _times(schedule: Schedule, texts: list[str], report: Report) -> Fields:
    read: dict[str, tuple[int, timedelta | None]] = {}
    for name in ("opens_at", "closes_at"):
        text = getattr(schedule, name)
        if text is None:
            continue
        found = _clock(text)
        if found is None:
            texts.append(f"{name.replace('_at', '')} {text}")
            report(f".{name}: must be HH:MM with or without an offset; kept in words")
        else:
            read[name] = found
    offsets = [offset for _, offset in read.values() if offset is not None]
    offset = offsets[0] if offsets else _timezone(schedule.timezone) if read else None
    fields: Fields = {}
    for name, (minutes, own) in read.items():
        if own is not None and offset is not None and own != offset:
            minutes = (minutes + int((offset - own).total_seconds()) // 60) % _MINUTES
        fields[name] = f"{minutes // 60:02d}:{minutes % 60:02d}"
    if offset is not None:
        minutes = int(offset.total_seconds()) // 60
        fields["utc_offset"] = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    return fields


def _clock(text: str) -> tuple[int, timedelta | None] | None:
    try:
        clock = time.fromisoformat(text.strip())
    except ValueError:
        return None
    offset = clock.utcoffset()
    if offset is not None and (offset.total_seconds() % 60 or abs(offset) >= timedelta(hours=15)):
        return None
    return clock.hour * 60 + clock.minute, offset


def _timezone(hours: Decimal | None) -> timedelta | None:
    if hours is None or not hours.is_finite() or abs(hours) > 14 or (hours * 60) % 1:
        return None
    return timedelta(minutes=int(hours * 60))
