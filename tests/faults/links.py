"""Links that can be cut and made slow: every connection between a service and its servers goes through one of these.

A TCP proxy of our own rather than Toxiproxy: that is a Go program, which nothing that Parley installs could build or
fetch, and network namespaces need root. This one also ends a connection in the middle of a packet.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

Direction = Literal["up", "down"]
_CHUNK = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Condition:
    """What a link is like. Nothing said: as if it were not there."""

    delay_s: float = 0
    jitter_s: float = 0
    bytes_per_s: float = 0
    silent: tuple[Direction, ...] = ()
    """Nothing passes in these directions and nobody is told, as when a cable is pulled out: no end, no reset."""
    refusing: bool = False


_WELL = Condition()


@dataclass(eq=False)
class Link:
    """From a port of its own to a server's."""

    name: str
    port: int
    target: int
    condition: Condition = _WELL
    passed: int = 0
    _budget: int | None = None
    _well: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _opened: int = 0
    _lost_until: int = 0
    _server: asyncio.Server | None = None
    _rng: Random = field(default_factory=lambda: Random(0))

    @property
    def connections(self) -> int:
        """How many ends are open now: two for each connection."""
        return len(self._open)

    async def listen(self) -> None:
        """Takes connections from now on."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, limit=_CHUNK)

    async def become(self, condition: Condition) -> None:
        """Another condition from now on, for connections that are open too."""
        self.condition = condition
        self._well.set()
        self._well.clear()
        if self._server is not None and condition.refusing:
            self._server.close()
            self._server = None
        elif self._server is None and not condition.refusing:
            await self.listen()

    async def cut(self, after_bytes: int = 0) -> None:
        """Resets every open connection: now, or in the middle of what passes after so many more bytes."""
        if after_bytes:
            self._budget = after_bytes
            return
        self._budget = None
        for writer in list(self._open):
            _reset(writer)

    async def lose(self) -> None:
        """On connections that are open now nothing ever passes again, and nobody is told; new ones are well."""
        self._lost_until = self._opened

    async def close(self) -> None:
        """No more."""
        if self._server is not None:
            self._server.close()
        await self.cut()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self._passable("up")
            there, back = await asyncio.open_connection("127.0.0.1", self.target, limit=_CHUNK)
        except OSError:
            self._open.discard(writer)
            _reset(writer)
            return
        self._open.add(back)
        try:
            self._opened += 1
            number = self._opened
            await asyncio.gather(self._pass(reader, back, "up", number), self._pass(there, writer, "down", number))
        except OSError:
            # One end is gone: to the other it is as if the line were cut.
            _reset(back)
            _reset(writer)
        finally:
            self._open -= {writer, back}
            writer.close()
            back.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Direction, number: int
    ) -> None:
        while data := await reader.read(_CHUNK):
            condition = self.condition
            if condition.delay_s:
                await asyncio.sleep(condition.delay_s + self._rng.uniform(0, condition.jitter_s))
            await self._passable(way)
            if number <= self._lost_until:
                continue
            self.passed += len(data)
            if self._budget is not None:
                self._budget, left = self._budget - len(data), self._budget
                if self._budget <= 0:
                    writer.write(data[:left])
                    await writer.drain()
                    await self.cut()
                    raise ConnectionResetError
            if condition.bytes_per_s:
                await self._trickle(writer, data, way)
            else:
                writer.write(data)
            await writer.drain()
        await self._passable(way)
        if number > self._lost_until and writer.can_write_eof():
            with suppress(OSError):
                writer.write_eof()

    async def _trickle(self, writer: asyncio.StreamWriter, data: bytes, way: Direction) -> None:
        """A packet arrives piece by piece."""
        at = 0
        while at < len(data):
            rate = self.condition.bytes_per_s
            piece = max(1, int(rate / 20)) if rate else len(data)
            await self._passable(way)
            writer.write(data[at : at + piece])
            await writer.drain()
            at += piece
            if rate:
                await asyncio.sleep(piece / rate)

    async def _passable(self, way: Direction) -> None:
        while way in self.condition.silent:
            await self._well.wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    wire = writer.get_extra_info("socket")
    if wire is not None:
        with suppress(OSError):
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


class Links(threading.Thread):
    """All links of a campaign, in a thread with an event loop of its own."""

    def __init__(self) -> None:
        super().__init__(name="links", daemon=True)
        self.by_name: dict[str, Link] = {}
        self._loop = asyncio.new_event_loop()
        self.start()

    def run(self) -> None:
        """Until `stop`."""
        self._loop.run_forever()

    def add(self, name: str, port: int, target: int) -> Link:
        """A link that works from now on."""

        async def opened() -> Link:
            link = Link(name, port, target)
            await link.listen()
            return link

        self.by_name[name] = self._do(opened())
        return self.by_name[name]

    def become(self, names: list[str], condition: Condition = _WELL) -> None:
        """These links have this condition; by default they are well."""
        for name in names:
            self._do(self.by_name[name].become(condition))

    def cut(self, names: list[str], after_bytes: int = 0) -> None:
        """Resets the connections of these links."""
        for name in names:
            self._do(self.by_name[name].cut(after_bytes))

    def lose(self, name: str) -> None:
        """The connections of this link that are open now are lost without a word."""
        self._do(self.by_name[name].lose())

    def stop(self) -> None:
        """Everything is closed."""
        for link in self.by_name.values():
            self._do(link.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self.join(5)

    def _do(self, work: "Coroutine[Any, Any, Any]") -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
