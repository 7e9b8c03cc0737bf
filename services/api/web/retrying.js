/** What may be tried again: as the server decides it in libs/jobs/retry.py, so that nothing is offered in vain. */

/** How many files a retry of the job would take up. One that was stopped, or given up, is posted again instead. */
export function retryable(job) {
  const hasEndedByItself = ["completed_with_errors", "failed"].includes(job.status);
  return hasEndedByItself && job.listing_complete && !job.cancelled_files ? job.failed_files : 0;
}
