"""The roles docs/deployment.md asks for: enough for every call a service makes of storage, and no more."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from deploy.local.places import ROOT
from tests.conftest import Explicit
from tests.faults.operations import all_operations
from tests.integration.roles.definitions import NEEDED, ROLES, refused
from tests.integration.roles.watched import Client, watched_system

API = "/api/v1/batch"
FILES = {"good.txt": "Some text.", "broken.json": "{"}
_ROW = re.compile(r"^\|([^|]*)\| (Storage [A-Za-z ]+?) \|", re.MULTILINE)


def documented() -> Mapping[str, list[str]]:
    """Who has which roles, as the table in the document says it: an empty first cell is the one above."""
    given: dict[str, list[str]] = {}
    who = ""
    for name, role in _ROW.findall((ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")):
        who = name.strip() or who
        given.setdefault(who, []).append(role)
    return given


def test_every_operation_and_every_role_of_the_document_is_known() -> None:
    assert set(NEEDED) == set(all_operations())
    assert {role for roles in documented().values() for role in roles} <= set(ROLES)


def test_a_weaker_role_is_not_enough_to_renew_a_lease() -> None:
    weaker = ["Storage Queue Data Reader", "Storage Queue Data Message Processor"]
    assert refused(weaker, ["queue receive", "queue delete", "queue update"]) == ["queue update"]


def test_keda_may_read_the_length_of_a_queue_and_nothing_more() -> None:
    (roles,) = [roles for who, roles in documented().items() if who.startswith("KEDA")]
    assert refused(roles, ["queue length", "queue peek"]) == []
    assert refused(roles, ["queue receive", "queue send"]) == ["queue receive", "queue send"]


async def test_each_service_has_the_least_roles_that_suffice_for_every_call_it_makes(
    explicit: Explicit, connection_string: str, container: str
) -> None:
    async with watched_system(explicit, connection_string) as (client, asked):
        await everything(client, container)
    # An operation that nobody made here would need a right that nobody looked at.
    assert set().union(*asked.values()) == set(NEEDED)
    for service, operations in asked.items():
        roles = documented()[service]
        assert refused(roles, operations) == [], service
        for role in roles:
            others = [other for other in roles if other != role]
            weaker = [name for name, actions in ROLES.items() if actions < ROLES[role]]
            assert refused([*others, *weaker], operations) != [], f"{service} could do with less than {role}"


async def everything(client: Client, container: str) -> None:
    """All that a client can have the services do, in one life of two jobs."""
    await ask(client, "PUT", f"/containers/{container}")
    for name, text in FILES.items():
        await ask(client, "PUT", f"/containers/{container}/files/{name}", data=text)
    body = {"source_container": container, "target_container": f"{container}-out", "target_language": "es"}
    await ask(client, "POST", "/estimates", json=body)
    job = await ended(client, await ask(client, "POST", "/jobs", json=body))
    assert (job["status"], job["failed_files"]) == ("completed_with_errors", 1)
    lists = (
        "/jobs",
        f"/jobs/{job['job_id']}/files",
        "/containers",
        f"/containers/{container}/files",
        "/status",
    )
    for path in lists:
        await ask(client, "GET", path)
    await ask(client, "GET", f"/containers/{container}-out/files/good.txt")
    (letter,) = await ask(client, "GET", "/dead-letters")
    await ask(client, "POST", f"/dead-letters/{letter['id']}/replay")
    await ended(client, job)
    await ended(client, await ask(client, "POST", f"/jobs/{job['job_id']}/retry"))
    named = await ask(client, "POST", "/jobs", json={**body, "files": ["good.txt"]})
    await ended(client, named)
    await ask(client, "DELETE", "/dead-letters")
    await ask(client, "DELETE", f"/jobs/{job['job_id']}")


async def ended(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(60):
        # Only the API tells.
        while True:
            job = await ask(client, "GET", f"/jobs/{job['job_id']}")
            if job["completed_at"]:
                return job
            await asyncio.sleep(0.05)


async def ask(client: Client, method: str, path: str, **body: Any) -> Any:
    async with client.request(method, API + path, **body) as response:
        text = await response.text()
        assert response.ok, f"{method} {path}: {text}"
        return await response.json() if response.content_type == "application/json" else text
