"""What can go wrong for a client. No error holds the API key, nor any other header that was sent."""


class ClientError(Exception):
    """Every error of the client; its text is one line for people."""


class UnsafeName(ClientError):
    """A name that must not become a path: it could leave its folder, or it is no name at all."""


class UnknownAnswer(ClientError):
    """An answer that is not the API's: another server, or a version of it that says other things."""


class TransientError(ClientError):
    """What may go well when it is tried again. ``retry_after``: seconds the API asks for, if it does."""

    retry_after: float | None = None


class Unreachable(TransientError):
    """No whole answer came. ``sent`` is False where the request certainly did not reach the API."""

    def __init__(self, said: str, *, sent: bool = True) -> None:
        super().__init__(said)
        self.sent = sent


class ApiProblem(ClientError):
    """An error that the API answered with (RFC 9457).

    ``code`` is stable (docs/errors.md); ``field`` names the part of the request it is about.
    """

    def __init__(self, status: int, code: str, detail: str, field: str | None = None) -> None:
        where = f" ({field})" if field else ""
        super().__init__(f"{code}: {detail}{where}")
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field


class Unavailable(ApiProblem, TransientError):
    """The API, or a proxy before it, asks to be left alone for a moment: 429, 502, 503, 504."""
