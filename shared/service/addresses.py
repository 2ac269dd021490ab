"""Where a request comes from, by the entrance: nobody else can say, as services listen on the loopback interface."""

from starlette.requests import Request


def forwarded_address(request: Request) -> str:
    """The address that the entrance saw; empty where the request came past it."""
    return request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()


def address_of(request: Request) -> str:
    """What a limit counts by: that address, or this machine's."""
    return forwarded_address(request) or "here"
