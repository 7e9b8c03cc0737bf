"""Which of these addresses (host:port ...) accept a connection within three seconds, as JSON."""

import json
import socket
import sys

_SECONDS = 3.0


def accepts(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), _SECONDS).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    print(json.dumps({address: accepts(address) for address in sys.argv[1:]}))
