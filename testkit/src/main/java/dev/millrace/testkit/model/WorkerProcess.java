package dev.millrace.testkit.model;

import java.util.ArrayList;
import java.util.List;

/** A worker process: what it has in memory, and whether it is running at all. */
final class WorkerProcess {
    final int index;
    final List<Item> items;
    long workerId;
    boolean born;
    boolean alive = true;
    boolean frozen;
    boolean doubtful;

    /** Whether its last beat was answered and it did not stand still since. */
    boolean fresh;

    WorkerProcess(int index) {
        this.index = index;
        this.items = new ArrayList<>();
    }

    private WorkerProcess(WorkerProcess from) {
        index = from.index;
        items = new ArrayList<>(from.items);
        workerId = from.workerId;
        born = from.born;
        alive = from.alive;
        frozen = from.frozen;
        doubtful = from.doubtful;
        fresh = from.fresh;
    }

    WorkerProcess copy() {
        return new WorkerProcess(this);
    }

    boolean acts() {
        return alive && !frozen;
    }

    boolean isRegistered() {
        return workerId != 0;
    }

    /** Whether it knows of a claim. */
    boolean holds(long jobId, long claimId) {
        return items.stream().anyMatch(i -> i.job().id() == jobId && i.job().claimId() == claimId);
    }

    /** It stood still for longer than a lease. */
    void freeze() {
        frozen = true;
        fresh = false;
        items.replaceAll(Item::suspected);
    }

    /** Its memory is gone. */
    void die() {
        alive = false;
        frozen = false;
        doubtful = false;
        fresh = false;
        workerId = 0;
        items.clear();
    }
}
