"""Pods of the check: they call the API as its clients do, through its Service, from inside the cluster."""

import base64
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.samples import documents
from tests.cluster.cluster import Cluster, Document, until
from tests.cluster.plan import CALLERS, MARK, NAMESPACE
from tests.cluster.problems import Missing
from tests.cluster.workload import is_ready, path_of, waiting_for

INSIDE = Path(__file__).with_name("inside")
_URL = f"http://translate-api.{NAMESPACE}"
_KEY = {"name": "BATCH_TRANSLATE_KEY", "valueFrom": {"secretKeyRef": {"name": "caller", "key": "key"}}}
_ADDRESS = {"name": "BATCH_TRANSLATE_URL", "value": _URL}
#: Where the programs are, as the checkout has them.
_FOLDER = "/check/tests/cluster/inside"
_PATH = {"name": "PYTHONPATH", "value": "/check"}
_START_SECONDS = 180.0
_NOT_PULLED = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName")


@dataclass(frozen=True, slots=True)
class Caller:
    """The pod from which the API is called."""

    cluster: Cluster
    pod: Document

    async def run(
        self, program: str, *arguments: str, seconds: float, on_line: Callable[[str], None] | None = None
    ) -> str:
        """One of the programs in ``inside``; gives what it printed."""
        module = f"tests.cluster.inside.{program}"
        command = ("python", "-m", module, *arguments)
        return await self.cluster.run(self.pod, *command, seconds=seconds, on_line=on_line)

    async def job(
        self, request: Mapping[str, object], seconds: float, on_job: Callable[[Document], None] | None = None
    ) -> Document:
        """Posts a job and gives it as it ended."""
        seen: list[Document] = []

        def look(line: str) -> None:
            seen.append(json.loads(line))
            if on_job is not None:
                on_job(seen[-1])

        await self.run("job", json.dumps(request), str(seconds), seconds=seconds, on_line=look)
        return seen[-1]

    async def digests(self, container: str) -> dict[str, str]:
        """What every file of the container is, by name."""
        digests: dict[str, str] = json.loads(await self.run("digests", container, seconds=600))
        return digests


async def make_caller(cluster: Cluster, image: str, key: str) -> Caller:
    """Raises Missing where the image is not one that the cluster's nodes have."""
    namespace = f"/api/v1/namespaces/{CALLERS}"
    await cluster.create(f"{namespace}/secrets", {**_named("Secret", "caller"), "stringData": {"key": key}})
    await cluster.create(f"{namespace}/configmaps", {**_named("ConfigMap", "inside"), **_programs()})
    pod = pod_of(CALLERS, image)
    (container,) = pod["spec"]["containers"]
    container["env"] = [_ADDRESS, _KEY, _PATH]
    container["volumeMounts"].append({"name": "inside", "mountPath": _FOLDER})
    pod["spec"]["volumes"].append({"name": "inside", "configMap": {"name": "inside"}})
    return Caller(cluster, await started(cluster, pod))


async def started(cluster: Cluster, pod: Document) -> Document:
    """The pod, once it runs."""
    image = pod["spec"]["containers"][0]["image"]
    path = path_of(pod)
    await cluster.create(path.rpartition("/")[0], pod)

    async def runs() -> bool:
        found = await cluster.get(path)
        if (reason := waiting_for(found)) in _NOT_PULLED:
            raise Missing(
                f"the cluster's nodes do not have the image {image} ({reason}): docker build --tag {image} . "
                f"and kind load docker-image {image}, or minikube image load {image}, or push it to a "
                "registry that the cluster pulls from; IMAGE=… names another one"
            )
        return is_ready(found)

    await until(f"the pod {pod['metadata']['name']} runs", runs, _START_SECONDS)
    return await cluster.get(path)


def pod_of(namespace: str, image: str, *command: str) -> Document:
    """A pod of the restricted standard that waits for commands."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "caller", "namespace": namespace, "labels": MARK},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "caller",
                    "image": image,
                    "args": list(command or ("sleep", "infinity")),
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "64Mi"},
                        "limits": {"memory": "512Mi"},
                    },
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
                }
            ],
            "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}],
        },
    }  # fmt: skip


def _programs() -> Document:
    return {
        "data": {path.name: path.read_text(encoding="utf-8") for path in INSIDE.glob("*.py")},
        "binaryData": {"samples.tar.gz": base64.b64encode(_samples()).decode()},
    }


def _samples() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in documents().items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _named(kind: str, name: str) -> Document:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}
