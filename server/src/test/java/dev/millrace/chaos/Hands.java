package dev.millrace.chaos;

import dev.millrace.Millrace;
import dev.millrace.chaos.Deed.Order;
import dev.millrace.job.JobContext;
import dev.millrace.job.Suspension;
import dev.millrace.job.Walk;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

import javax.sql.DataSource;

/** Does the deeds, and writes each thing done into the ledger as soon as it is done. */
final class Hands {
    private final LedgerFile ledger;
    private final CompletableFuture<Millrace> millrace;
    private final @Nullable DataSource source;

    /**
     * Hands.
     *
     * @param source connections to the store's database where that can take part in a handler's
     *     transaction
     */
    Hands(LedgerFile ledger, CompletableFuture<Millrace> millrace, @Nullable DataSource source) {
        this.ledger = ledger;
        this.millrace = millrace;
        this.source = source;
    }

    @Nullable Object handle(Deed deed, Order order, JobContext job) throws Exception {
        long run = ledger.begin(job.id(), job.attempt(), millrace.get().workerId());
        Run.How how = Run.How.THREW;
        try {
            perform(deed, order, job, run);
            how = Run.How.DONE;
        } catch (Suspension e) {
            how = Run.How.SUSPENDED;
            throw e;
        } finally {
            ledger.end(run, how);
        }
        return null;
    }

    private void perform(Deed deed, Order order, JobContext job, long run) throws Exception {
        switch (deed) {
            case PLAIN, NARROW, KEYED, UNIQUE -> Pause.millis(order.millis());
            case FLAKY -> {
                Pause.millis(order.millis());
                if (job.attempt() == 1) {
                    throw new IllegalStateException("fails once, on purpose");
                }
            }
            case WALK -> walk(order, job, run);
            case MARKS -> marks(order, job, run);
            case STEPS -> {
                for (int i = 1; i <= order.units(); i++) {
                    step("s" + i, order, job, run);
                }
            }
            case NAP -> {
                step("before", order, job, run);
                job.sleep("nap", Duration.ofMillis(4L * order.millis()));
                step("after", order, job, run);
            }
            case SIGNAL -> {
                step("before", order, job, run);
                job.waitFor("go", Integer.class);
                step("after", order, job, run);
            }
            case TRANSACT -> transact(order, job, run);
        }
    }

    private void walk(Order order, JobContext job, long run) throws Exception {
        int[] last = {0};
        job.walk(
                Walk.named("pages", Integer.class, after -> page(order, after)),
                hand -> {
                    kept(run, last[0]);
                    int page = hand.items().getFirst();
                    ledger.note(run, Run.PAGE, page);
                    job.progress(page, order.units());
                    Pause.millis(order.millis());
                    last[0] = page;
                });
        kept(run, last[0]);
    }

    /** That the next page begins, or the walk ends, shows that the one before was kept. */
    private void kept(long run, int page) {
        if (page > 0) {
            ledger.note(run, Run.MARK, page);
        }
    }

    private static Walk.Page<Integer, Integer> page(Order order, @Nullable Integer after) {
        int page = after == null ? 1 : after;
        return new Walk.Page<>(List.of(page), page < order.units() ? page + 1 : null);
    }

    private void marks(Order order, JobContext job, long run) throws InterruptedException {
        int from = job.lastCheckpoint(Integer.class).orElse(0);
        ledger.note(run, Run.RESUMED, from);
        for (int mark = from + 1; mark <= order.units(); mark++) {
            Pause.millis(order.millis());
            job.progress(mark, order.units());
            job.log("mark " + mark);
            job.checkpoint(mark);
            ledger.note(run, Run.MARK, mark);
        }
    }

    private void step(String name, Order order, JobContext job, long run) throws Exception {
        long done =
                job.step(
                        name,
                        Long.class,
                        () -> {
                            ledger.note(run, Run.BODY, name);
                            Pause.millis(order.millis());
                            return order.nonce();
                        });
        if (done != order.nonce()) {
            throw new IllegalStateException("step %s answered %d".formatted(name, done));
        }
        ledger.note(run, Run.STEPPED, name);
    }

    private void transact(Order order, JobContext job, long run) throws Exception {
        int from = job.lastCheckpoint(Integer.class).orElse(0);
        ledger.note(run, Run.RESUMED, from);
        for (int mark = from + 1; mark <= order.units(); mark++) {
            Pause.millis(order.millis());
            try (var connection = open()) {
                effect(connection, order, mark);
                job.checkpoint(connection, mark);
                connection.commit();
            }
            ledger.note(run, Run.MARK, mark);
        }
        try (var connection = open()) {
            effect(connection, order, order.units() + 1);
            job.completeIn(connection, order.units());
            connection.commit();
        }
    }

    private Connection open() throws SQLException {
        var connection = Objects.requireNonNull(source).getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private static void effect(Connection connection, Order order, int number) throws SQLException {
        try (var insert =
                connection.prepareStatement(
                        "insert into chaos_effect (nonce, number) values (?, ?)")) {
            insert.setLong(1, order.nonce());
            insert.setInt(2, number);
            insert.executeUpdate();
        }
    }
}
