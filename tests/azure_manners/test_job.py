"""A whole job, from its submission to its purge: on Azurite alone, and with all of Azure's manners."""

import pytest

from libs.common.deployment import open_deployment
from libs.common.settings import ServiceSettings
from libs.jobs.purge import delete
from tests.azure_manners.proxy import Manners, azure
from tests.faults.checker import check, leftovers
from tests.faults.places import ports_of
from tests.faults.running import (
    Names,
    drained,
    followed,
    listening,
    new_job,
    services,
    submitted,
    texts,
    upload,
)

NONE = Manners(scan=1000, empty_beginnings=0)
#: Each ``ServerBusy`` costs whoever meets it the second of its ``Retry-After``.
ALL = Manners(scan=7, empty_beginnings=2, page_seconds=0.01, busy_every=40, hierarchical=True)
#: What `ALL` has to show; the folders of the names make directories.
PLAYED = {
    "ServerBusy",
    "page that is not the last",
    "empty page that is not the last",
    "directory in a listing",
}


@pytest.mark.parametrize("manners", [NONE, ALL], ids=["azurite", "azure"])
async def test_a_job_counts_every_file_once_and_its_purge_leaves_nothing(
    connection_string: str, manners: Manners
) -> None:
    names, documents = Names(), texts(20)
    sources = documents | {"folder-1/picture.bin": b"\x00\x01"}
    job = new_job(f"manners-{names.own}")
    async with azure(ports_of(connection_string), manners) as running:
        account = running.connection_string
        async with open_deployment(names.settings(ServiceSettings, account)) as client:
            await upload(client, job.source_container, sources)
            with listening() as begun:
                async with services(names, account, slice_tasks=10):
                    await submitted(client, job)
                    ended = await followed(client, job.job_id, 120)
                    await drained(client)
                    report = await check(client, job.job_id, sources, begun=begun.times[job.job_id])
                    await delete(client.jobs, client.dispatch_queue, ended)
                    await drained(client)
            report.require()
            assert await leftovers(client, job, set(documents)) == []
        print(f"manners played: {dict(running.played)}")
        assert manners is NONE or {name for name, times in running.played.items() if times} >= PLAYED
