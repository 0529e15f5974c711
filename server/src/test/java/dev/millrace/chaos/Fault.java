package dev.millrace.chaos;

import java.util.Locale;

/** What strikes. */
enum Fault {
    /** A worker is killed by SIGKILL; another is started soon after. */
    KILL,
    /** A worker stands still for less than its lease. */
    FREEZE,
    /** A worker stands still for longer than its lease, and then goes on. */
    FREEZE_LONG,
    /** A worker is told to drain, and replaced, as in a deploy. */
    DEPLOY,
    /** A worker's wall clock jumps, up to an hour ahead or back. */
    CLOCK,
    /** The file system of the store is full for a while. */
    DISK_FULL,
    /** The server is restarted by its administrator. */
    RESTART,
    /** All processes of the server are killed, and it is started again. */
    CRASH,
    /** About half of the server's sessions are terminated. */
    SESSIONS,
    /** Something in the worker's process waits in line for every connection of its pool. */
    POOL,
    /** A worker's connections are broken, and it gets no new ones for a while. */
    NET_CUT,
    /** Nothing passes between a worker and the server for a while. */
    NET_HANG;

    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
