"""What Azure's roles for data allow, and what each storage operation needs.

Roles: "Azure built-in roles for Storage". Operations: the tables "Permissions for calling data operations" of
"Authorize requests to Azure Storage with Microsoft Entra ID". Actions are shortened to what tells them apart.
"""

from collections.abc import Iterable, Mapping, Sequence

Actions = frozenset[str]
_TABLE = {"table/read", "entity/read"}
_QUEUE = {"queue/read", "message/read"}
_BLOB = {"container/read", "blob/read"}

ROLES: Mapping[str, Actions] = {
    "Storage Blob Data Reader": frozenset(_BLOB),
    "Storage Blob Data Contributor": frozenset(
        {*_BLOB, "container/write", "container/delete", "blob/write", "blob/delete", "blob/add", "blob/move"}
    ),
    "Storage Queue Data Reader": frozenset(_QUEUE),
    "Storage Queue Data Message Sender": frozenset({"message/add"}),
    "Storage Queue Data Message Processor": frozenset({"message/read", "message/process"}),
    "Storage Queue Data Contributor": frozenset(
        {*_QUEUE, "queue/write", "queue/delete", "message/write", "message/delete", "message/process"}
    ),
    "Storage Table Data Reader": frozenset(_TABLE),
    "Storage Table Data Contributor": frozenset(
        {
            *_TABLE,
            "table/write",
            "table/delete",
            "entity/write",
            "entity/delete",
            "entity/add",
            "entity/update",
        }
    ),
}

#: By the names of `tests.faults.operations`: one of these sets is enough.
NEEDED: Mapping[str, Sequence[set[str]]] = {
    "queue create": [{"queue/write"}],
    "queue length": [{"queue/read"}],
    "queue send": [{"message/add"}, {"message/write"}],
    "queue receive": [{"message/process"}, {"message/read", "message/delete"}],
    "queue peek": [{"message/read"}],
    "queue update": [{"message/write"}],
    "queue delete": [{"message/process"}, {"message/delete"}],
    "queue clear": [{"message/delete"}],
    "table create": [{"table/write"}],
    "table get": [{"entity/read"}],
    "table query": [{"entity/read"}],
    # Insert, merge, replace and delete, as the ledger mixes them.
    "table batch": [{"entity/write", "entity/delete"}, {"entity/add", "entity/update", "entity/delete"}],
    "blob containers": [{"container/read"}],
    "blob create": [{"container/write"}],
    "blob list": [{"blob/read"}],
    "blob get": [{"blob/read"}],
    "blob head": [{"blob/read"}],
    "blob put": [{"blob/write"}],
}


def suffice(roles: Iterable[str], operation: str) -> bool:
    allowed = frozenset[str]().union(*(ROLES[role] for role in roles))
    return any(way <= allowed for way in NEEDED[operation])


def refused(roles: Iterable[str], operations: Iterable[str]) -> list[str]:
    """The operations that need more than these roles."""
    held = list(roles)
    return sorted(operation for operation in operations if not suffice(held, operation))
