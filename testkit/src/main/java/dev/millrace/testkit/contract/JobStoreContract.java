package dev.millrace.testkit.contract;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.Inspector;
import dev.millrace.testkit.Invariants;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.sql.Connection;
import java.util.Optional;

/**
 * What a job store is. An engine's test class extends this one and says how to open a store; every
 * engine runs the same tests unchanged, and {@link Invariants} hold after each.
 *
 * <p>Tests that draw at random print their seed; {@code -Dmillrace.seed=N} repeats a run.
 */
public abstract class JobStoreContract
        implements EnqueueContract,
                ClaimContract,
                CompleteContract,
                RescueContract,
                TimeContract,
                LookContract,
                PayloadContract,
                SignalContract,
                KeyContract,
                ReplaceContract,
                IdempotencyContract,
                KeyRaceContract,
                TermsContract,
                SettleContract,
                CancelContract,
                ControlContract,
                PruneContract,
                LimitContract,
                LimitScopeContract,
                AgeContract,
                TallyContract,
                AccessContract,
                ScheduleContract,
                LeaseContract,
                BatchContract,
                FollowContract,
                FilterContract,
                SearchContract,
                RosterContract,
                ReportContract,
                ReportTextContract,
                WatchContract,
                WaitContract,
                WaitRaceContract,
                TransactionContract,
                RandomContract {

    private @Nullable Bench bench;

    /** Called by the engine's test class. */
    protected JobStoreContract() {}

    /** Opens a store on a fresh, empty database, migrated. Called once before each test. */
    protected abstract JobStore openStore() throws Exception;

    /**
     * Opens another store on the database of the last {@link #openStore}, as another process would:
     * sharing nothing with the first but the database.
     */
    protected abstract JobStore reopen() throws Exception;

    /** Reads the rows of the database of the last {@link #openStore}; its stores are still open. */
    protected abstract Inspector inspector() throws Exception;

    /**
     * Opens a connection of a caller's own to the database of the last {@link #openStore}, not in
     * auto-commit mode; empty for an engine that takes no part in callers' transactions.
     */
    protected Optional<Connection> connection() throws Exception {
        return Optional.empty();
    }

    @Override
    public final Bench bench() {
        if (bench == null) {
            throw new IllegalStateException("the bench is set up before each test");
        }
        return bench;
    }

    @BeforeEach
    void setUpBench() throws Exception {
        bench = new Bench(this, openStore());
    }

    @AfterEach
    void checkInvariants() throws Exception {
        if (bench == null) {
            return;
        }
        try (var closing = bench) {
            Invariants.check(inspector(), closing.accepted());
        } finally {
            bench = null;
        }
    }
}
