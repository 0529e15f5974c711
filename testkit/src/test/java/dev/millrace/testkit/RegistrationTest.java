package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.WorkerInfo;
import dev.millrace.testkit.contract.Bench;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(60)
class RegistrationTest {
    private static final Task<RawJson> WORK = Task.named("work", RawJson.class);

    /** Registers anew only after a claim under the old id was refused meanwhile. */
    private static final class SlowRegister extends MemoryStore {
        final AtomicInteger registrations = new AtomicInteger();
        volatile boolean registering;
        volatile boolean refused;
        final Semaphore refusals = new Semaphore(0);
        final Semaphore pulses = new Semaphore(0);

        @Override
        public long register(WorkerInfo info) {
            if (!info.name().equals("observer") && registrations.incrementAndGet() > 1) {
                registering = true;
                refusals.acquireUninterruptibly();
            }
            return super.register(info);
        }

        /** The claimer that comes again has told its worker of the refusal before. */
        @Override
        public List<ClaimedJob> claim(ClaimRequest request) {
            if (refused) {
                refusals.release();
            }
            try {
                return super.claim(request);
            } catch (MillraceException e) {
                refused = registering;
                throw e;
            }
        }

        @Override
        public PulseAnswer pulse(Pulse pulse) {
            pulses.release();
            return super.pulse(pulse);
        }
    }

    @Test
    void aClaimRefusedUnderTheOldIdDoesNotMakeItRegisterTwice() throws InterruptedException {
        var store = new SlowRegister();
        try (var millrace =
                Millrace.builder().store(store).handle(WORK, (payload, job) -> null).start()) {
            long first = millrace.workerId();
            declareDead(store, first);
            while (store.registrations.get() < 2 || !store.refused) {
                millrace.wake();
                Thread.onSpinWait();
            }
            millrace.enqueue(WORK.with(new RawJson("{}")));
            store.pulses.drainPermits();
            store.pulses.acquire(3);
            assertThat(store.registrations).hasValue(2);
        }
    }

    /** Again when it beat meanwhile. */
    private static void declareDead(SlowRegister store, long worker) {
        long me = store.register(new WorkerInfo("observer", "1", Map.of(), Instant.EPOCH));
        Bench.await(
                "it is cleared away",
                () -> {
                    var seen = store.pulse(new Pulse(me, false, 0, List.of(), Instant.EPOCH));
                    long beat = seen.others().getFirst().beat();
                    return store.rescue(worker, beat, 100, Instant.EPOCH).outcome()
                            == RescueAnswer.Outcome.CLEARED;
                });
        store.deregister(me);
    }
}
