"""A cluster is claimed by one check at a time, because each removes what it finds of another."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from tests.cluster.cluster import BROKEN, Cluster, Document
from tests.cluster.plan import CALLERS
from tests.cluster.problems import Missing

_LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{CALLERS}/leases"
_NAME = "cluster-check"
#: The claim of a check that was killed lapses after so long (seconds). It covers the setting up, during which
#: no check renews its claim.
_LASTS = 600
_RENEWED_EVERY = 60.0


async def check_unclaimed(cluster: Cluster) -> None:
    """Raises Missing."""
    found = await cluster.find(f"{_LEASES}/{_NAME}")
    if found is not None and (until := _lapses(found["spec"])) > datetime.now(UTC):
        raise Missing(
            f"another cluster-check uses this cluster, started on {found['spec']['holderIdentity']}: wait "
            f"until it ends. If it was killed, its claim ends at {until:%H:%M:%S} UTC, or at once by "
            f"kubectl delete namespace {CALLERS}"
        )


async def claim(cluster: Cluster) -> None:
    """Take the cluster for this check. The claim goes with its namespace when the check ends."""
    spec = {"holderIdentity": socket.gethostname(), "leaseDurationSeconds": _LASTS, "renewTime": _now()}
    document = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": _NAME}}
    await cluster.create(_LEASES, {**document, "spec": spec})


@asynccontextmanager
async def renewed(cluster: Cluster) -> AsyncIterator[None]:
    """Renew the claim while the block runs."""

    async def renew() -> None:
        while True:
            with suppress(*BROKEN):
                await cluster.patch(f"{_LEASES}/{_NAME}", {"spec": {"renewTime": _now()}})
            await asyncio.sleep(_RENEWED_EVERY)

    renewing = asyncio.create_task(renew(), name="claim")
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing


def _lapses(spec: Document) -> datetime:
    return datetime.fromisoformat(spec["renewTime"]) + timedelta(seconds=spec["leaseDurationSeconds"])


def _now() -> str:
    """As a Lease has it: with microseconds (https://kubernetes.io/docs/reference/kubernetes-api/)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
