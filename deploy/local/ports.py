import errno
import socket
from contextlib import ExitStack

from deploy.local.problems import LocalStackError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on at this moment. Another program may take
    it before the caller does: whoever starts a server on it retries or fails with a clear line.
    """
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """`count` different free ports: all are held open until the last is chosen."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]


def is_taken(port: int) -> bool:
    """Whether a program listens on the port. Connections of a past one that still fade out do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise LocalStackError(f"port {port} cannot be used: {error.strerror}") from error
        return False


def require_free(ports: dict[str, int]) -> None:
    """Refuses the first port that is taken, naming the setting that moves it.

    Raises LocalStackError. `ports` maps the setting's name to its port.
    """
    for setting, port in ports.items():
        if is_taken(port):
            raise LocalStackError(
                f"port {port} ({setting}) is taken by another program: stop it, or choose another with "
                f"{setting}=<port>"
            )
