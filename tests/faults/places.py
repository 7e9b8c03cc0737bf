"""Where Azurite listens, read back from a connection string."""

import re

from deploy.local.azurite import Ports


def ports_of(connection_string: str) -> Ports:
    """The ports of the three services."""
    found = {
        service.lower(): int(port)
        for service, port in re.findall(r"(Blob|Queue|Table)Endpoint=http://[^:;]+:(\d+)/", connection_string)
    }
    return Ports(**found)
