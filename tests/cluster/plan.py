"""What a run of the check plays, and on what."""

from dataclasses import dataclass

#: Where the overlays put the system.
NAMESPACE = "batch-translation"
#: Where the check's own pods are: the caller, and one that no policy knows.
CALLERS, STRANGERS = "batch-translation-check", "batch-translation-check-strangers"
#: Namespaces that policies name; they may be there already.
NAMED = ("monitoring", "ingress-nginx")
#: What the check made and may remove bears this label.
MARK = {"app.kubernetes.io/managed-by": "batch-translation-cluster-check"}

SERVICES = ("api", "dispatcher", "worker")
#: In the order in which they are played.
SCENES = (
    "overlay", "samples", "scaling", "sizes", "storm", "rolling", "outage", "drain", "memory", "policies",
    "load", "azure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    #: The image of the services, as the cluster's nodes know it.
    image: str
    #: Files of a job.
    files: int
    #: How many jobs of so many files run during the storm.
    jobs: int
    #: How long the storm lasts (seconds).
    storm: float
    #: How long storage is away (seconds).
    away: float
    #: Requests a second that make the API scale.
    load: float
    scenes: tuple[str, ...] = SCENES
