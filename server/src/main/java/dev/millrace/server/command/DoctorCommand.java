package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.server.config.StoreAddress;
import dev.millrace.server.output.Table;
import dev.millrace.store.JobStore;
import dev.millrace.store.Schema;
import dev.millrace.store.StoreInfo;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.upkeep.Leaders;
import dev.millrace.web.job.JobView;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code doctor}. */
@Command(
        name = "doctor",
        description = {
            "Look at the machine and the store: each line ok, warn or fail, with what to do.",
            "Exit 0 when nothing fails, 1 otherwise, 3 when the store is out of reach. Reserves one"
                    + " job id to see that the store can be written, and creates no store."
        })
final class DoctorCommand implements Callable<Integer> {
    private static final int JDK_WANTED = 25;
    private static final long OPEN_FILES_WANTED = 4096;
    private static final long LITTLE_DISK_BYTES = 1L << 30;
    private static final long NO_DISK_BYTES = 64L << 20;
    private static final Duration SKEW_SMALL = Duration.ofMillis(500);
    private static final Duration SKEW_LARGE = Duration.ofSeconds(5);

    private final Session session;
    private final List<Check> checks = new ArrayList<>();

    DoctorCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        add(jdk());
        add(openFiles());
        StoreAddress address = session.address();
        if (address instanceof StoreAddress.Sqlite sqlite) {
            add(disk(sqlite.file()));
        }
        boolean reached = store(address);
        print();
        if (!reached) {
            return Exit.UNREACHED;
        }
        return checks.stream().anyMatch(each -> each.status() == Check.Status.FAIL)
                ? Exit.FAILED
                : Exit.DONE;
    }

    private void add(@Nullable Check check) {
        if (check != null) {
            checks.add(check);
        }
    }

    private static Check jdk() {
        var version = Runtime.version();
        String found = "Java %s, %d processors".formatted(version, processors());
        return version.feature() >= JDK_WANTED
                ? Check.ok("jdk", found)
                : Check.fail("jdk", found, "install a JDK 25 or newer");
    }

    private static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Linux says it of each process; elsewhere there is no plain way to know. */
    private static @Nullable Check openFiles() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
                if (line.startsWith("Max open files")) {
                    return openFiles(line.substring("Max open files".length()).strip());
                }
            }
        } catch (IOException e) {
            return null;
        }
        return null;
    }

    private static Check openFiles(String limits) {
        String soft = limits.split("\\s+", -1)[0];
        boolean enough = soft.equals("unlimited") || Long.parseLong(soft) >= OPEN_FILES_WANTED;
        return enough
                ? Check.ok("open-files", "at most " + soft)
                : Check.warn(
                        "open-files",
                        "at most " + soft,
                        "raise it with 'ulimit -n %d' for jobs that hold many connections"
                                .formatted(OPEN_FILES_WANTED));
    }

    private static Check disk(Path file) {
        Path there = file.toAbsolutePath();
        while (there != null && !Files.exists(there)) {
            there = there.getParent();
        }
        if (there == null) {
            return Check.fail("disk", "no directory leads to " + file, "name another place");
        }
        try {
            long free = Files.getFileStore(there).getUsableSpace();
            String found = "%d MiB free at %s".formatted(free >> 20, there);
            if (free < NO_DISK_BYTES) {
                return Check.fail("disk", found, "make room: enqueues are about to be refused");
            }
            return free < LITTLE_DISK_BYTES
                    ? Check.warn("disk", found, "make room before it is full")
                    : Check.ok("disk", found);
        } catch (IOException e) {
            return Check.warn("disk", "free space is not known: " + e, "look at it by other means");
        }
    }

    /** Answers whether the store was reached. */
    private boolean store(StoreAddress address) {
        try {
            Schema schema = session.schema();
            int installed = schema.installed();
            int known = schema.known();
            add(schema(installed, known));
            if (installed == 0 || installed > known) {
                return installed == 0;
            }
            try (var store = session.openStore()) {
                add(writable(store, address));
                Instant before = session.clock().instant();
                StoreInfo info = store.info();
                Instant after = session.clock().instant();
                add(durability(info));
                add(clock(info, before, after));
                add(workers(store.workers(), after));
                add(leader(store));
            }
            return true;
        } catch (MillraceException e) {
            add(
                    Check.fail(
                            "store",
                            String.valueOf(e.getMessage()),
                            "see that %s is there, lets this user in and may be written"
                                    .formatted(address)));
            return Exit.of(e.code()) != Exit.UNREACHED;
        }
    }

    private static Check schema(int installed, int known) {
        String found = "version %d, this program knows %d".formatted(installed, known);
        if (installed == 0) {
            return Check.warn(
                    "schema", "no store there yet", "the first command that needs it makes it");
        }
        if (installed > known) {
            return Check.fail("schema", found, "use a newer millrace");
        }
        return installed < known
                ? Check.warn("schema", found, "it is migrated when the store is opened")
                : Check.ok("schema", found);
    }

    private static Check writable(JobStore store, StoreAddress address) {
        store.reserveIds(1);
        return Check.ok("store", address + " can be written");
    }

    private static Check durability(StoreInfo info) {
        String found = "a receipt means " + info.durability();
        if (info.durability().equals("disk")) {
            return Check.ok("durability", found);
        }
        return Check.warn(
                "durability",
                found
                        + ": accepted jobs may be lost "
                        + (info.durability().equals("os") ? "in a power cut" : "when it crashes"),
                "set fsync and synchronous_commit to on");
    }

    private static @Nullable Check clock(StoreInfo info, Instant before, Instant after) {
        String said = info.facts().get("clock");
        if (said == null) {
            return null;
        }
        Instant middle = before.plus(Duration.between(before, after).dividedBy(2));
        Duration skew = Duration.between(middle, Instant.parse(said)).abs();
        String found = "%s from the store's".formatted(Durations.text(skew));
        String advice = "synchronise both clocks: jobs are due by the machines' own time";
        if (skew.compareTo(SKEW_LARGE) > 0) {
            return Check.fail("clock", found, advice);
        }
        return skew.compareTo(SKEW_SMALL) > 0
                ? Check.warn("clock", found, advice)
                : Check.ok("clock", found);
    }

    /** A leader that died keeps its name here until another takes over. */
    private static Check leader(JobStore store) {
        var lease = store.leases().look(Leaders.HOUSE);
        if (lease.isEmpty() || lease.get().isFree()) {
            return Check.warn(
                    "leader",
                    "nobody leads, so no schedule ticks",
                    "start a worker: millrace work --app …");
        }
        return Check.ok(
                "leader",
                "%s, epoch %d, since %s"
                        .formatted(lease.get().holder(), lease.get().epoch(), lease.get().since()));
    }

    private static Check workers(List<WorkerSnapshot> workers, Instant now) {
        var view = new JobView(now, workers);
        List<String> gone =
                workers.stream()
                        .filter(each -> !view.isLive(each))
                        .map(each -> each.id() + " (" + each.name() + ")")
                        .limit(5)
                        .toList();
        if (workers.isEmpty()) {
            return Check.warn("workers", "none is registered", "start one: millrace work --app …");
        }
        List<String> stuck =
                workers.stream()
                        .filter(each -> each.stuck() > 0)
                        .map(each ->
                                "%d of worker %d (%s)"
                                        .formatted(each.stuck(), each.id(), each.name()))
                        .limit(5)
                        .toList();
        if (!stuck.isEmpty()) {
            return Check.warn(
                    "workers",
                    "threads of given-up jobs that do not end, each keeping a slot: "
                            + String.join(", ", stuck),
                    "restart these workers; the jobs' stacks are kept with their failed attempts");
        }
        return gone.isEmpty()
                ? Check.ok("workers", workers.size() + " alive")
                : Check.warn(
                        "workers",
                        "without a beat for 30 s or more: " + String.join(", ", gone),
                        "others take their jobs over while at least one worker runs");
    }

    private void print() {
        if (session.json()) {
            checks.forEach(each -> session.print(each.json()));
            return;
        }
        for (Check check : checks) {
            session.out()
                    .println(
                            "%-4s  %-10s  %s"
                                    .formatted(
                                            check.status().text(),
                                            check.name(),
                                            Table.plain(check.found())));
            if (check.advice() != null) {
                session.out().println("                  -> " + check.advice());
            }
        }
    }
}
