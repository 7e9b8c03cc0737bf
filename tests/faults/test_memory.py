"""Large files: the bound on bytes holds, and parsing them never delays a lease."""

from libs.translation.documents import format_of
from tests.faults.large import MIB, run_large

FILES, FILE_BYTES = 4, 8 * MIB
#: Files that the bound has room for.
AT_ONCE = 2


async def test_large_files_stay_within_the_bound_on_bytes_and_their_leases_are_never_late() -> None:
    form = format_of("0.txt")
    assert form is not None
    bound = AT_ONCE * form.memory_a_byte * FILE_BYTES
    large = await run_large(FILES, FILE_BYTES, bound)
    print(large)
    large.report.require()
    assert large.flight.most == AT_ONCE
    assert large.highest - large.idle <= bound
    assert large.flight.renewals > FILES
    assert large.lost_leases == []
    assert large.began == {1}
