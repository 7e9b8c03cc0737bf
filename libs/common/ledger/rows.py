"""Records to table entities and back.

Unknown properties are ignored, so that an older process reads the rows of a newer one.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from azure.data.tables import EdmType, EntityProperty

from libs.common.ledger import keys
from libs.common.ledger.notification import Notification, NotificationStatus
from libs.common.ledger.records import (
    Counts,
    DispatchRow,
    FileEnd,
    FileRow,
    FileStatus,
    IfExists,
    JobRow,
    JobStatus,
    Note,
    Progress,
)

Entity = dict[str, Any]

#: Longest error text kept in a row (characters); a string property has 64 KiB.
_LONGEST_ERROR = 1000
#: Characters of one property: a string has at most 64 KiB of UTF-16 ("Understanding the Table service data
#: model"). The markers of 20 languages, each with a name of 1,024 characters, are three times as long.
_LONGEST_TEXT = 30_000
_LISTS = ("target_languages", "include", "exclude", "files", "retry_only", "do_not_translate")
_MAPPINGS = ("options", "dictionary", "via")
_JSON_FIELDS = (*_LISTS, *_MAPPINGS)
#: Kept as they are: escaped, what a request may hold of them would not fit into one property.
_TERMS = ("dictionary", "do_not_translate")
_NOTES = tuple(Note.__slots__)


def etag_of(written: Mapping[str, Any]) -> str:
    """ETag from the answer to a write (the SDK gives a plain mapping)."""
    return str(written["etag"])


def entity_of_job(job: JobRow) -> Entity:
    entity: Entity = {"PartitionKey": keys.JOBS_PARTITION, "RowKey": job.job_id}
    for name in JobRow.__slots__:
        if name not in {"job_id", "etag", "final", "notification", *_JSON_FIELDS}:
            entity[name] = getattr(job, name)
    for name in _JSON_FIELDS:
        value = getattr(job, name)
        entity[name] = _json(dict(value) if name in _MAPPINGS else list(value), escaped=name not in _TERMS)
    entity["source_language"] = job.source_language or ""
    if job.max_characters is not None:
        entity["max_characters"] = EntityProperty(job.max_characters, EdmType.INT64)
    entity["final"] = None if job.final is None else _json(_dump_progress(job.final))
    entity["notification"] = None if job.notification is None else _json(asdict(job.notification))
    return {key: value for key, value in entity.items() if value is not None}


def job_of(entity: Mapping[str, Any]) -> JobRow:
    fields = {name: entity[name] for name in JobRow.__slots__ if name in entity and name not in _JSON_FIELDS}
    fields |= {name: tuple(json.loads(entity[name])) for name in _LISTS if name in entity}
    final, most = entity.get("final"), entity.get("max_characters")
    told = entity.get("notification")
    fields |= {name: json.loads(entity[name]) for name in _MAPPINGS if name in entity}
    fields |= {
        "job_id": entity["RowKey"],
        "status": JobStatus(entity["status"]),
        "if_exists": IfExists(entity["if_exists"]),
        "source_language": entity["source_language"] or None,
        "max_characters": None if most is None else most.value,
        "final": None if final is None else _load_progress(json.loads(final)),
        "notification": None if told is None else _load_notification(json.loads(told)),
        "etag": version_of(entity),
    }
    return JobRow(**fields)


def entity_of_dispatch(job_id: str, row: DispatchRow) -> Entity:
    entity: Entity = {
        "PartitionKey": job_id,
        "RowKey": keys.DISPATCH_KEY,
        "slice": row.slice,
        "marker": row.marker,
        **_spread("target_markers", _json(dict(row.target_markers))),
        "after": row.after,
        "totals": _json(dict(row.totals)),
        "skipped": _json(dict(row.skipped)),
        "requeued": _json(dict(row.requeued)),
        "retried": row.retried,
        "retry_behind": row.retry_behind,
        "sealed": row.sealed,
        "cut": row.cut,
        "updated_at": row.updated_at,
    }
    return {key: value for key, value in entity.items() if value is not None}


def dispatch_of(entity: Mapping[str, Any]) -> DispatchRow:
    return DispatchRow(
        slice=entity["slice"],
        marker=entity.get("marker"),
        target_markers=json.loads(_gathered("target_markers", entity) or "{}"),
        after=entity.get("after"),
        totals=json.loads(entity["totals"]),
        skipped=json.loads(entity["skipped"]),
        requeued=json.loads(entity["requeued"]),
        retried=entity["retried"],
        retry_behind=entity.get("retry_behind"),
        cut=entity.get("cut", False),
        sealed=entity["sealed"],
        updated_at=entity["updated_at"],
        etag=version_of(entity),
    )


def entity_of_file(job_id: str, row: FileRow) -> Entity:
    entity: Entity = {"PartitionKey": job_id, "RowKey": keys.file_key(row.language, row.name)}
    entity |= {name: getattr(row, name) for name in FileRow.__slots__ if name != "tag"}
    entity["size"] = EntityProperty(row.size, EdmType.INT64)  # a plain int is stored in 32 bits
    return {key: value for key, value in entity.items() if value is not None}


def file_of(entity: Mapping[str, Any]) -> FileRow:
    fields = {name: entity[name] for name in FileRow.__slots__ if name in entity}
    fields |= {name: entity.get(name) or None for name in ("error_code", "error")}
    fields |= {
        "size": entity["size"].value,
        "status": FileStatus(entity["status"]),
        "tag": version_of(entity),
    }
    return FileRow(**fields)


def entity_of_end(job_id: str, end: FileEnd, now: str) -> Entity:
    """What a file task's end changes in its row; merged, so the listing's part stays."""
    entity: Entity = {"PartitionKey": job_id, "RowKey": keys.file_key(end.language, end.name)}
    entity |= {name: getattr(end, name) for name in FileEnd.__slots__ if name not in {"tag", "error"}}
    entity |= {"error": (end.error or "")[:_LONGEST_ERROR] or None, "updated_at": now}
    return {key: value for key, value in entity.items() if value is not None}


def entity_of_requeue(job_id: str, row: FileRow, now: str) -> Entity:
    """What a retry changes in a failed file's row; a merge cannot remove, so what is cleared is empty."""
    return {
        "PartitionKey": job_id,
        "RowKey": keys.file_key(row.language, row.name),
        "status": FileStatus.PENDING,
        "attempts": 0,
        "error_code": "",
        "error": "",
        "updated_at": now,
    }


def entity_of_failure(job_id: str, end: FileEnd) -> Entity:
    """The row that lists a failed file without a search through all."""
    return {
        "PartitionKey": job_id,
        "RowKey": keys.failure_key(end.language, end.name),
        "language": end.language,
        "name": end.name,
    }


def entity_of_counter(
    job_id: str,
    writer: str,
    batch: int,
    counts: Mapping[str, Counts],
    now: str,
    *,
    note: Note = Note(),  # noqa: B008 - it is frozen
    succeeded_at: str = "",
) -> Entity:
    """``batch`` names the last commit counted in this row: how its writer recognises its own work. ``now`` is
    when something ended last, ``succeeded_at`` when something last succeeded.
    """
    languages = {language: asdict(count) for language, count in counts.items()}
    entity: Entity = {
        "PartitionKey": job_id,
        "RowKey": keys.counter_key(writer),
        "batch": batch,
        "languages": _json(languages),
        "updated_at": now,
        "succeeded_at": succeeded_at,
        **{name: getattr(note, name) for name in _NOTES},
    }
    entity["blocked_reason"] = (note.blocked_reason or "")[:_LONGEST_ERROR] or None
    return {key: value for key, value in entity.items() if value is not None}


def note_of(entity: Mapping[str, Any]) -> Note:
    return Note(**{name: entity[name] for name in _NOTES if name in entity})


def counter_of(entity: Mapping[str, Any]) -> dict[str, Counts]:
    return _load_counts(json.loads(entity["languages"]))


def _dump_progress(progress: Progress) -> Entity:
    return {
        **{
            name: getattr(progress, name)
            for name in ("total", "sealed", "cut", "requeued", "retried", "updated_at")
        },
        "by_language": {language: asdict(count) for language, count in progress.by_language.items()},
        "totals_by_language": dict(progress.totals_by_language),
    }


def _load_progress(fields: Entity) -> Progress:
    known = {name: fields[name] for name in Progress.__slots__ if name in fields}
    return Progress(**known | {"by_language": _load_counts(fields["by_language"])})


def _load_notification(fields: Entity) -> Notification:
    known = {name: fields[name] for name in Notification.__slots__ if name in fields}
    return Notification(**known | {"status": NotificationStatus(fields["status"])})


def _load_counts(languages: Mapping[str, Mapping[str, int]]) -> dict[str, Counts]:
    return {
        language: Counts(**{name: count[name] for name in Counts.__slots__ if name in count})
        for language, count in languages.items()
    }


def _spread(name: str, text: str) -> Entity:
    """A long text as several properties: ``name``, then ``name_1`` and so on."""
    parts = [text[begin : begin + _LONGEST_TEXT] for begin in range(0, len(text), _LONGEST_TEXT)] or [""]
    return {_part(name, number): part for number, part in enumerate(parts)}


def _gathered(name: str, entity: Mapping[str, Any]) -> str:
    parts, number = [], 0
    while (part := entity.get(_part(name, number))) is not None:
        parts.append(part)
        number += 1
    return "".join(parts)


def _part(name: str, number: int) -> str:
    return name if number == 0 else f"{name}_{number}"


def version_of(entity: Mapping[str, Any]) -> str:
    """ETag of an entity that was read."""
    return str(getattr(entity, "metadata", {}).get("etag", ""))


def _json(value: object, *, escaped: bool = True) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=escaped)
