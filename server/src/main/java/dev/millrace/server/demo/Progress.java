package dev.millrace.server.demo;

/**
 * How far the work is, at one moment.
 *
 * @param total jobs known of
 * @param waiting jobs not started yet, or put back unspent
 * @param running jobs at work now
 * @param retrying jobs that failed and wait for another try
 * @param completed jobs done
 * @param setAside jobs and rows given up, with their reason
 */
record Progress(
        long total, long waiting, long running, long retrying, long completed, long setAside) {

    /** Nothing more will happen to these. */
    long ended() {
        return completed + setAside;
    }

    /** From 0 to 1; 0 while nothing is known of. */
    double share() {
        return total <= 0 ? 0 : Math.clamp((double) ended() / total, 0, 1);
    }
}
