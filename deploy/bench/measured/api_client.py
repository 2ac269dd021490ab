"""Sends records to one address over some connections at once, each the next when it is answered.

It writes HTTP/1.1 by hand: a client library takes longer for a request than the server that is measured.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Any


def _request(task: dict[str, Any], record: str) -> bytes:
    body = record.encode()
    headers = {"Host": f"127.0.0.1:{task['port']}", "Content-Type": "application/json", **task["headers"]}
    lines = [f"POST {task['path']} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def _send(port: int, requests: Iterator[bytes]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
            sys.exit(f"answered {head[:12].decode()}")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        answered += 1
    writer.close()
    return answered


async def _run(task: dict[str, Any]) -> dict[str, Any]:
    requests = [_request(task, record) for record in task["records"]]
    at_once = task["at_once"]
    first, rest = iter(requests[:at_once]), iter(requests[at_once:])
    await asyncio.gather(*(_send(task["port"], first) for _ in range(at_once)))  # connections are opened, plans cached
    began = time.perf_counter()
    answered = await asyncio.gather(*(_send(task["port"], rest) for _ in range(at_once)))
    return {"count": sum(answered), "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(json.load(sys.stdin)))), flush=True)
