"""The eleven bugs of the first generation, each as it would look in this code.

 1  a worker receives the whole queue and works it off one by one, while the messages' time runs out
 2  rows are replaced without a look at their version: of two writers one is lost
 3  a file that is delivered twice is counted twice
 4  SIGTERM ends the process amid a file
 5  a message that always fails is tried for ever, and nobody is told
 6  leases are not renewed: a long file is given to a second worker
 7  blocking work stands in the event loop
 8  all jobs share one partition
 9  an error while progress is written is swallowed
10  the cleaning of old jobs takes running ones along
11  the length of a queue that cannot be read is 0
"""

from tests.mutants.mutant import Mutant

LEASES, QUEUES = "libs/common/storage/leases.py", "libs/common/storage/queues.py"
COMMITS, FILES = "libs/common/ledger/commits.py", "libs/common/ledger/files.py"
JOBS, TABLES = "libs/common/ledger/jobs.py", "libs/common/ledger/tables.py"
WORKER = "services/worker/worker.py"

ON_COMMITS, ON_LEDGER = "tests/contract/test_commits.py::", "tests/contract/test_ledger.py::"
ON_QUEUES = "tests/contract/test_queues.py::"
ON_WORKER = "tests/integration/worker/test_worker.py::"
ON_RECEIVING = "tests/integration/worker/test_receiving.py::"
ON_PROCESS = "tests/integration/worker/test_process.py::"

MUTANTS = (
    Mutant(
        bug=1,
        name="receive goes on until the queue is empty",
        path=QUEUES,
        edits=[
            (
                (
                    "            page = await anext(pages, None)\n"
                    "            messages = [] if page is None else [message async for message in page]\n"
                ),
                "            messages = [message async for page in pages async for message in page]\n",
            )
        ],
        test=ON_QUEUES + "test_one_page_is_received_and_the_rest_stays_for_others",
    ),
    Mutant(
        bug=1,
        name="a worker receives more than it has slots for",
        path=WORKER,
        edits=[("receive(room, ", "receive(32, ")],
        test=ON_RECEIVING + "test_no_more_files_are_in_hand_than_there_are_slots",
    ),
    Mutant(
        bug=2,
        name="the counter row is replaced without If-Match",
        path=COMMITS,
        edits=[
            (
                "tables.insert(counter) if book.etag is None else tables.replace(counter, book.etag)",
                "tables.put(counter)",
            )
        ],
        test=ON_COMMITS + "test_an_attempt_that_lands_late_never_doubles_or_loses_a_count",
    ),
    Mutant(
        bug=2,
        name="the dispatch row is replaced without If-Match",
        path=FILES,
        edits=[
            (
                (
                    "operations.append(tables.replace(entity_of_dispatch(job_id, moved), read.etag))\n"
                    "        *tags, etag"
                ),
                "operations.append(tables.put(entity_of_dispatch(job_id, moved)))\n        *tags, etag",
            )
        ],
        test=ON_LEDGER + "test_extending_counts_exactly_its_rows_and_a_repeat_changes_nothing",
    ),
    Mutant(
        bug=2,
        name="the job row is replaced without If-Match",
        path=JOBS,
        edits=[("[tables.replace(entity_of_job(moved), job.etag)]", "[tables.put(entity_of_job(moved))]")],
        test=ON_LEDGER + "test_a_step_from_an_outdated_version_is_refused",
    ),
    Mutant(
        bug=3,
        name="a file's end is written whatever its row has become",
        path=COMMITS,
        edits=[("entity_of_end(job_id, end, now), end.tag)", 'entity_of_end(job_id, end, now), "*")')],
        test=ON_COMMITS + "test_an_end_is_counted_once_however_often_it_is_recorded",
    ),
    Mutant(
        bug=4,
        name="a signal exits the process",
        path="libs/common/runtime/process.py",
        edits=[
            (
                "        if stop.is_set() and task is not None:\n            task.cancel()\n",
                "        sys.exit(0)\n",
            )
        ],
        test=ON_PROCESS + "test_a_worker_told_to_stop_ends_the_file_in_hand_before_it_leaves",
    ),
    Mutant(
        bug=4,
        name="a worker leaves without its drain",
        path=WORKER,
        edits=[("await self._drain()", "pass")],
        test=ON_PROCESS + "test_a_worker_told_to_stop_ends_the_file_in_hand_before_it_leaves",
    ),
    Mutant(
        bug=5,
        name="a file that fails is tried for ever",
        path="libs/jobs/endings.py",
        edits=[("if spent >= max_attempts:", "if spent < 0:")],
        test="tests/unit/jobs/test_endings.py::test_what_may_pass_is_tried_exactly_as_often_as_allowed",
    ),
    Mutant(
        bug=5,
        name="nobody looks how often a message was delivered",
        path="libs/jobs/attempt.py",
        edits=[("if lost and lost + task.attempts >= self._bounds.max_attempts:", "if lost < 0:")],
        test=ON_WORKER + "test_a_file_that_takes_its_worker_along_each_time_is_given_up_and_is_a_dead_letter",
    ),
    Mutant(
        bug=5,
        name="a file given up leaves no dead letter",
        path="libs/jobs/settle.py",
        edits=[("await _send_dead(desk, lease, task, end)", "pass")],
        test=ON_WORKER
        + "test_a_file_that_always_fails_ends_after_exactly_five_attempts_and_is_a_dead_letter",
    ),
    Mutant(
        bug=6,
        name="a lease is never renewed",
        path=LEASES,
        edits=[("self._kept.add(lease)", "pass")],
        test=ON_WORKER + "test_a_file_that_outlives_its_lease_is_translated_once",
    ),
    Mutant(
        bug=7,
        name="large files are taken apart in the event loop",
        path="libs/translation/concurrency.py",
        edits=[("return await asyncio.to_thread(work, *given)", "return work(*given)")],
        test="tests/unit/translation/test_translator.py"
        "::test_the_loop_turns_while_a_large_file_is_taken_apart",
    ),
    Mutant(
        bug=8,
        name="the rows of all jobs are in one partition",
        path=TABLES,
        edits=[
            ("get_entity(partition, key)", 'get_entity("job", key)'),
            ('parameters={"partition": partition,', 'parameters={"partition": "job",'),
            (
                "submit_transaction(operations)",
                (
                    "submit_transaction("
                    '[(do, {**row, "PartitionKey": "job"}, *how) for do, row, *how in operations])'
                ),
            ),
        ],
        test=ON_LEDGER + "test_every_job_has_a_partition_of_its_own",
    ),
    Mutant(
        bug=9,
        name="an unclear answer is taken for done",
        path=COMMITS,
        edits=[
            (
                "                tries += 1\n",
                (
                    "                tries += 1\n"
                    "                for entry in batch:\n"
                    "                    entry.settle(CommitResult.COUNTED)\n"
                    "                batch = []\n"
                ),
            )
        ],
        test=ON_COMMITS + "test_an_unclear_answer_never_doubles_or_loses_a_count",
    ),
    Mutant(
        bug=9,
        name="what storage refuses is taken for done",
        path=COMMITS,
        edits=[("entry.fail(error)", "entry.settle(CommitResult.COUNTED)")],
        test=ON_COMMITS + "test_what_storage_refuses_for_good_is_told_and_stops_nothing_else",
    ),
    Mutant(
        bug=10,
        name="a job that has not ended passes for an old one",
        path="libs/jobs/retention.py",
        edits=[("if job.completed_at is None or datetime", "if job.completed_at is not None and datetime")],
        test="tests/integration/api/test_deletion.py"
        "::test_retention_removes_old_ended_jobs_and_never_a_running_one",
    ),
    Mutant(
        bug=11,
        name="the length of a queue that cannot be read is 0",
        path=QUEUES,
        edits=[
            (
                (
                    '        async with storage_call("queue length"):\n'
                    "            properties = await self._queue.get_queue_properties()\n"
                ),
                (
                    "        try:\n"
                    "            properties = await self._queue.get_queue_properties()\n"
                    "        except Exception:\n"
                    "            return 0\n"
                ),
            )
        ],
        test=ON_QUEUES + "test_a_queue_that_was_removed_is_told_from_an_empty_one",
    ),
)
