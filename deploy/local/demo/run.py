"""The demo itself, step by step. Every step can be repeated, so an interrupted demo goes on where it was."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import psutil

from deploy import topics
from deploy.local.demo.mail import MailCounter, MailServer
from deploy.local.demo.provider_process import ProviderProcess, Report
from deploy.local.demo.resume import left_to_publish, published_already
from deploy.local.demo.settling import Observer, Situation, wait_until_settled
from deploy.local.demo.single import only_demo
from deploy.local.detached import follow, start_detached
from deploy.local.directory.apply import apply_directory
from deploy.local.directory.file import read_directory
from deploy.local.errors import ParleyError
from deploy.local.home import Home, Stack, load_stack
from deploy.local.replay.file import read_submissions
from deploy.local.replay.run import Replay
from shared.contracts.directory import AgencyRegistered

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
RECORDS = EXAMPLES / "front-door" / "submissions.jsonl"
DIRECTORY = EXAMPLES / "directory.yaml"
SEED = 1
CLOCK = "PARLEY_CLOCK"

Part = Literal["published", "decided", "answered", "closed"]


class Audience(Protocol):
    """Whoever is told how the demo goes."""

    def step(self, text: str) -> None:
        """What begins now."""

    def note(self, text: str) -> None:
        """What the user should know."""

    def count(self, part: Part, done: int, of: int | None) -> None:
        """How far one part is."""


@dataclass(frozen=True)
class Demo:
    """What came of one run. `seconds` is from the first record published to the last event at rest."""

    stack: Stack
    records: int
    published: int
    seconds: float
    updates_refused: int
    e_mails: Mapping[str, int]


def run_demo(
    home: Home, audience: Audience, *, records: Path = RECORDS, directory: Path = DIRECTORY, seed: int = SEED
) -> Demo:
    """Everything from an empty home to a settled stack, which is left running.

    Raises `ParleyError` with one line where a step fails. However it ends, the mail server and the providers that it
    started are gone; what was published stays, and the next run goes on from there.
    """
    agencies = [line.entry.id for line in read_directory(directory) if isinstance(line.entry, AgencyRegistered)]
    submissions = read_submissions(records, agencies)
    home.create()
    with only_demo(home):
        _bring_up(home, audience)
        stack = load_stack(home)
        counter = _mail_counter(home)
        mail = MailServer(counter, stack.ports["smtp"])
        mail.start()
        try:
            audience.step("Registering areas, agencies, providers and offers")
            apply_directory(stack, directory, step=audience.step)
            audience.step("Looking for what was published before")
            front_doors = sorted({submission.topic for submission in submissions})
            left = left_to_publish(submissions, published_already(stack, front_doors))
            before = len(submissions) - len(left)
            if before:
                audience.note(f"{before} of {len(submissions)} records were published before; they are not sent again.")

            def replayed(published: int, decided: int) -> None:
                audience.count("published", before + published, len(submissions))
                audience.count("decided", before + decided, len(submissions))

            with ProviderProcess(home, seed) as providers:
                observer = Observer(home, stack, providers.report)
                started = time.monotonic()
                if left:
                    replay = Replay(home, topics.admin_client(stack.admin_properties()), left, replayed)
                    audience.step("Publishing each record as the agency that made it")
                    replay.publish()
                    replay.wait_until_decided()
                replayed(len(left), len(left))

                def settling(now: Situation) -> None:
                    _tell(audience, now)

                # Providers answer months of work at once. So they begin when every correction has come through, as
                # it would have by then: the end is the same however fast each process is.
                audience.step("Agreeing referrals")
                wait_until_settled(observer.look, with_providers=False, progress=settling)
                providers.let_answer()
                audience.step("Providers work with the families: weeks pass in seconds")
                wait_until_settled(observer.look, with_providers=True, progress=settling)
                seconds = time.monotonic() - started
                refused = providers.report().refused
        finally:
            mail.stop()
    return Demo(stack, len(submissions), len(left), seconds, refused, dict(counter.by_domain))


def _bring_up(home: Home, audience: Audience) -> None:
    def listen(kind: str, text: str) -> None:
        (audience.note if kind == "note" else audience.step)(text)

    os.environ[CLOCK] = "events"
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


def _clock_of(home: Home) -> str | None:
    """The clock that the running services were started with; None where that can't be seen."""
    process = (home.state() or {}).get("processes", {}).get("screening", {})
    try:
        return str(psutil.Process(process["pid"]).environ().get(CLOCK, "wall"))
    except (psutil.Error, KeyError, TypeError):
        return None


def _mail_counter(home: Home) -> MailCounter:
    folder = home.path / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    return MailCounter(folder / "e-mails.jsonl")


def _tell(audience: Audience, now: Situation) -> None:
    report: Report = now.providers
    done = report.answered + report.stopped
    audience.count("answered", done, done + report.waiting)
    audience.count("closed", now.ends.get("case-closed", 0), None)
