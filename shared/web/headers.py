"""The headers of every page. The policy has no exception: no script and no style in a page, nothing from elsewhere."""

from collections.abc import Mapping


def policy(nonce: str, forms_to: str = "") -> str:
    """The Content-Security-Policy of one answer. `forms_to`: another origin that a form may lead on to.

    The nonce is for the one line of GOV.UK's template that marks a browser with scripts before the page is drawn.
    """
    to = f"'self' {forms_to}".strip()
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            f"form-action {to}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def headers(nonce: str, forms_to: str = "") -> Mapping[str, str]:
    """What goes with each page. Nothing of a page is kept by a browser: the next at this machine may go back."""
    return {
        "Content-Security-Policy": policy(nonce, forms_to),
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        # Not `no-referrer`: a browser would then hide the origin of our own forms from us.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
