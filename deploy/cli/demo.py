"""The command `parley demo`."""

from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.cli.summary import show_summary
from deploy.demo.people import acting_as, password_file
from deploy.demo.run import DIRECTORY, RECORDS, SEED, Demo, Part, run_demo
from deploy.stack.home import Home
from shared.access.roles import Role

console = Console()
OUTPUT = Path("demo-output")
_INTERRUPTED = 130
_PARTS: dict[Part, str] = {
    "published": "Records published",
    "decided": "Screenings decided",
    "answered": "Referrals answered by providers",
    "closed": "Closing events",
    "e-mails": "E-mails sent",
}
_NEXT = (
    ("parley status", "what is running and what is waiting"),
    ("parley dead-letters list", "records that could not be used, and why"),
    ("parley sign-in --as demo-coordinator", "be the demo's coordinator from now on, without a browser"),
    ("parley decisions", "every screening's decision and reasons"),
    ("parley worklist", "cases that wait for a coordinator"),
    ("parley sign-in --as demo-analyst", "be its analyst instead"),
    ("parley summary", "this summary again"),
    ("parley down", "stop everything; nothing is lost"),
)

_PEOPLE = (
    ("demo-coordinator", "the worklist, and each case with what may be done about it"),
    ("demo-practitioner", "screens a family in a form, and follows those of the agency"),
    ("demo-team-manager", "follows all of the agency's families"),
    ("demo-provider-worker", "accepts a referral, opens each parent's contact, records the work"),
    ("demo-analyst", "how far families come, how long they wait and what changed; small counts are held back"),
    ("demo-trainer", "arranges training, books places, records who came"),
)


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: parley demo")(demo)


def demo(
    records: Annotated[Path, typer.Option("--records", help="Front-door records to replay.")] = RECORDS,
    directory: Annotated[Path, typer.Option("--directory", help="Areas, agencies, providers and offers.")] = DIRECTORY,
    seed: Annotated[
        int, typer.Option("--seed", help="The seed of the families' stories; another seed makes other stories.")
    ] = SEED,
    output: Annotated[Path, typer.Option("--output", help="Where to write the picture.", metavar="DIR")] = OUTPUT,
) -> None:
    """Take 1,500 front-door records through the whole pathway, and show what became of them.

    It starts the stack if necessary and leaves it running. The families are invented, the services real: every agency
    and every provider signs in with its own credential. Running it again ends in the same state; after an interruption
    it continues.
    """
    home = Home.from_environment()
    try:
        with Board() as board:
            done = run_demo(home, board, records=records, directory=directory, seed=seed)
    except KeyboardInterrupt:
        left_running = home.supervisor() is not None
        console.print(
            "Stopped. Running the demo again continues where it was."
            + (" The stack is still running; `parley down` stops it." if left_running else ""),
            style="yellow",
            highlight=False,
        )
        raise typer.Exit(_INTERRUPTED) from None
    if done.people:
        with acting_as(done.stack, Role.ANALYST) as analyst:
            show_summary(done.stack, output, sign_in=analyst)
    else:
        _print("`parley summary` shows what became of the families to an analyst, once people can sign in.")
    _show(done)


class Board:
    """The terminal display of the running demo: the current step, and a progress bar for each part."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[progress]}", markup=False),
            TimeElapsedColumn(),
            console=console,
        )
        # The bars have this order whichever part reports first; each appears, and its clock starts, at its first
        # report.
        self._tasks: dict[Part, TaskID] = {
            part: self._bars.add_task(label, start=False, visible=False, total=None, progress="")
            for part, label in _PARTS.items()
        }
        self._started: set[Part] = set()
        self._last = ""

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def step(self, text: str) -> None:
        """Shows the step that begins."""
        if text != self._last:
            self._last = text
            self._bars.console.print(text, highlight=False, markup=False)

    def note(self, text: str) -> None:
        """Shows something that the user should know."""
        self._bars.console.print(text, style="yellow", highlight=False, markup=False)

    def count(self, part: Part, done: int, of: int | None) -> None:
        """Shows the progress of one part."""
        progress = f"{done}" if of is None else f"{done}/{of}"
        if part not in self._started:
            self._started.add(part)
            self._bars.start_task(self._tasks[part])
        self._bars.update(self._tasks[part], completed=done, total=of, progress=progress, visible=True)


def _show(done: Demo) -> None:
    _print("")
    if done.published:
        _print(f"{done.published:,} records went through the pathway in {done.seconds:.0f} s, closing events included.")
    else:
        _print(f"All {done.records:,} records had been processed before; nothing was sent twice.")
    received = ", ".join(
        f"{domain} {count:,}" for domain, count in sorted(done.e_mails.items(), key=lambda entry: (-entry[1], entry[0]))
    )
    _print(f"The demo's mail server has received {sum(done.e_mails.values()):,} e-mails: {received}.")
    if done.updates_refused:
        _print(f"{done.updates_refused} of the providers' updates were refused; see the providers' log.")
    home = done.stack.home
    if done.people:
        coordinator = password_file(home, "demo-coordinator")
        _print(f"Look at it in a browser: {done.stack.entrance_url}/")
        _print(f"  Sign in as demo-coordinator, whose password is in {coordinator}, and open the worklist.")
        _print(f"  The browser warns of the certificate until it knows its authority: {home.root_certificate}.")
        _print("  A stack of your own asks those who see most for a second factor; the demo's people have none.")
        _print("  Each of these sees other pages, and has a password in the same folder:")
        for name, what in _PEOPLE:
            _print(f"    {name:<24}{what}")
    _print(f"The stack is still running in {home.path}. Try next:")
    for command, what in _NEXT:
        _print(f"  {command:<38}{what}")


def _print(text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
