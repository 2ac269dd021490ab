"""The demo's providers in a separate process: `python -m deploy.demo.providers --home FOLDER`.

It communicates with its parent through pipes. `answer` on its input lets the providers start answering; the end of its
input ends it, so it never outlives the demo. It writes its progress to its output as JSON lines; its log goes to the
error output and names no person.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import structlog

from deploy.demo.provider_client import ProviderClient, Tally
from deploy.demo.provider_credentials import provider_credentials

_REPORT_SECONDS = 0.5


async def serve(home: Path, seed: int) -> int:
    """Runs every provider until the input ends or SIGTERM arrives. Exit code 1 if one of them failed."""
    answering, stop = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    clients = [ProviderClient(credential, seed, answering) for credential in provider_credentials(home / "credentials")]
    listener = asyncio.create_task(_listen(answering, stop))
    work = [asyncio.create_task(client.run(stop)) for client in clients]
    reporter = asyncio.create_task(_report(clients))
    await asyncio.wait([asyncio.create_task(stop.wait()), *work], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    reporter.cancel()
    listener.cancel()
    _print_tally(clients)
    failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    for failure in failures:
        structlog.get_logger().error("a provider's client failed", error=repr(failure))
    return 1 if failures else 0


async def _listen(answering: asyncio.Event, stop: asyncio.Event) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        if line.strip() == b"answer":
            answering.set()
    stop.set()


async def _report(clients: Sequence[ProviderClient]) -> None:
    while True:
        _print_tally(clients)
        await asyncio.sleep(_REPORT_SECONDS)


def _print_tally(clients: Sequence[ProviderClient]) -> None:
    total = Tally()
    for client in clients:
        for name, value in asdict(client.tally).items():
            setattr(total, name, getattr(total, name) + value)
    waiting = sum(client.waiting() for client in clients)
    print(json.dumps(asdict(total) | {"providers": len(clients), "waiting": waiting}), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The entry point of the process."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo.providers", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the stack's state folder")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    return asyncio.run(serve(given.home, given.seed))


if __name__ == "__main__":
    sys.exit(main())
