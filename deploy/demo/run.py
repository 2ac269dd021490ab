"""The demo, step by step. Every step can be repeated, so an interrupted demo continues where it was."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import psutil

from deploy.demo.mail import MailCounter, MailServer
from deploy.demo.months import stops_of_the_calendar
from deploy.demo.people import add_demo_people
from deploy.demo.provider_process import ProviderProcess, Report
from deploy.demo.quiescence import Observer, Quiescence, Situation, wait_until_quiescent
from deploy.demo.resume import in_waves, left_to_publish, published_already
from deploy.demo.single import only_demo
from deploy.directory.apply import apply_directory
from deploy.directory.file import read_directory
from deploy.replay.file import Submission, read_submissions
from deploy.replay.run import Replay
from deploy.stack.calendars import move_calendars
from deploy.stack.detached import follow, start_detached, wait_for_sign_in
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.log_check import complaints, summary
from shared.access.accounts import Person
from shared.contracts.directory import AgencyRegistered

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RECORDS = EXAMPLES / "front-door" / "submissions.jsonl"
DIRECTORY = EXAMPLES / "directory.yaml"
SEED = 1
CLOCK = "PARLEY_CLOCK"

Part = Literal["published", "decided", "answered", "closed", "e-mails"]


class Audience(Protocol):
    """Where the demo reports its progress."""

    def step(self, text: str) -> None:
        """Reports the step that begins."""

    def note(self, text: str) -> None:
        """Reports something that the user should know."""

    def count(self, part: Part, done: int, of: int | None) -> None:
        """Reports the progress of one part."""


@dataclass(frozen=True)
class Demo:
    """The result of a run. `seconds` is from the first published record until every event has been read."""

    stack: Stack
    records: int
    published: int
    seconds: float
    updates_refused: int
    e_mails: Mapping[str, int]
    people: Sequence[Person]


def run_demo(
    home: Home, audience: Audience, *, records: Path = RECORDS, directory: Path = DIRECTORY, seed: int = SEED
) -> Demo:
    """Runs the demo from an empty home to a quiescent stack, which is left running.

    Raises `ParleyError` with one line if a step fails. However it ends, the mail server and the providers that it
    started are stopped; what was published stays, and the next run continues from there.
    """
    agencies = [line.entry.id for line in read_directory(directory) if isinstance(line.entry, AgencyRegistered)]
    submissions = read_submissions(records, agencies)
    home.create()
    with only_demo(home):
        _bring_up(home, audience)
        stack = load_stack(home)
        counter = _mail_counter(home)
        with MailServer(counter, stack.ports["smtp"]):
            audience.step("Registering areas, agencies, providers and offers")
            apply_directory(stack, directory, make_keys=True)
            with ProviderProcess(home, seed) as providers:
                published, seconds = _play(stack, submissions, providers, audience)
                refused = providers.report().refused
        people = _people(stack, audience)
        _check_logs(home, audience)
    return Demo(stack, len(submissions), published, seconds, refused, dict(counter.by_domain), people)


def _people(stack: Stack, audience: Audience) -> Sequence[Person]:
    """Adds a person for each role, once people can sign in. None where they can't: the rest of the demo is done."""
    if stack.external_identity:
        return ()
    audience.step("Waiting for the identity provider")
    problem = wait_for_sign_in(stack.home, _listener(audience))
    if problem is not None:
        audience.note(f"Nobody can sign in yet: {problem}")
        return ()
    audience.step("Adding a person for each role")
    return add_demo_people(stack)


def _check_logs(home: Home, audience: Audience) -> None:
    """Raises `ParleyError` if a log has an error that is not on the list of expected ones."""
    audience.step("Checking the logs")
    if found := complaints(home):
        raise ParleyError(f"The logs in {home.log} have {len(found)} errors that nobody expected:\n{summary(found)}")


def _play(
    stack: Stack, submissions: Sequence[Submission], providers: ProviderProcess, audience: Audience
) -> tuple[int, float]:
    """Publishes and waits; returns how many records were published now, and the seconds until the last event."""
    observer = Observer(stack, providers.report)

    def wait(level: Quiescence) -> None:
        wait_until_quiescent(observer.look, level, lambda now: _show_progress(audience, now))

    audience.step("Looking for records that were published before")
    front_doors = sorted({submission.topic for submission in submissions})
    waves = left_to_publish(in_waves(submissions), published_already(stack, front_doors))
    sent = before = len(submissions) - sum(len(wave) for wave in waves)
    if before:
        audience.note(f"{before} of {len(submissions)} records were published before; they are not sent again.")
    started = time.monotonic()
    for number, wave in enumerate(waves):
        if wave:
            audience.step("Corrections and repeats follow" if number else "Publishing each record as its own agency")
            _publish(stack, wave, sent, len(submissions), audience)
            sent += len(wave)
        wait(Quiescence.DECISIONS)
    # Providers answer months of work at once. So they begin once every correction has been processed, as it would have
    # been by then: the result does not depend on the speed of the processes.
    providers.let_answer()
    audience.step("Providers work with the families: weeks pass in seconds")
    wait(Quiescence.ANSWERS)
    seconds = time.monotonic() - started
    for label, stop in stops_of_the_calendar(submissions):
        audience.step(f"The calendar moves to {label} after the last screening: what is due by then happens")
        move_calendars(stack, stop)
        wait(Quiescence.ANSWERS)
    audience.step("The last e-mails")
    wait(Quiescence.E_MAILS)
    return sent - before, seconds


def _publish(stack: Stack, wave: Sequence[Submission], before: int, of: int, audience: Audience) -> None:
    """Publishes one wave and waits until all of it is decided."""

    def progress(published: int, decided: int) -> None:
        audience.count("published", before + published, of)
        audience.count("decided", before + decided, of)

    replay = Replay(stack.home, stack.admin_properties(), wave, progress)
    replay.publish()
    replay.wait_until_decided()
    progress(len(wave), len(wave))


def _bring_up(home: Home, audience: Audience) -> None:
    listen = _listener(audience)
    os.environ[CLOCK] = "events"
    if not home.stack_file.exists() or (home.credentials / "people").exists():
        # The passwords of its people are in files; a second factor would be another file beside them. A home that is
        # more than a demo keeps what it asks for.
        os.environ.setdefault("PARLEY_SECOND_FACTOR", "none")
    # Processes differ in speed and every family has its own timeline, so the calendar is held until all are done.
    os.environ["PARLEY_CALENDAR"] = "held"
    running = home.supervisor()
    if running is None:
        audience.step("Starting Kafka, PostgreSQL and the services")
        start_detached(home, listen)
        return
    if (home.state() or {}).get("phase") == "stopping":
        raise ParleyError(f"The stack in {home.path} is stopping. Run the demo again in a moment.")
    follow(home, running.pid, lambda: home.supervisor() is not None, listen)
    if _clock_of(home) == "wall":
        raise ParleyError(
            f"The stack in {home.path} runs by the wall clock, and the demo needs the clock of the events. Stop it "
            "with `parley down`, or set PARLEY_HOME to another folder; then run the demo again."
        )


def _listener(audience: Audience) -> Callable[[str, str], None]:
    def listen(kind: str, text: str) -> None:
        (audience.note if kind == "note" else audience.step)(text)

    return listen


def _clock_of(home: Home) -> str | None:
    """The clock that the running services were started with; None if that cannot be determined."""
    process = (home.state() or {}).get("processes", {}).get("screening", {})
    try:
        return str(psutil.Process(process["pid"]).environ().get(CLOCK, "wall"))
    except (psutil.Error, KeyError, TypeError):
        return None


def _mail_counter(home: Home) -> MailCounter:
    folder = home.path / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    return MailCounter(folder / "e-mails.jsonl")


def _show_progress(audience: Audience, now: Situation) -> None:
    report: Report = now.providers
    done = report.answered + report.stopped
    audience.count("answered", done, done + report.waiting)
    if "notification" not in now.not_ready:
        audience.count("e-mails", now.e_mails_sent, now.e_mails_sent + now.e_mails_queued)
    audience.count("closed", now.ends.get("case-closed", 0), None)
