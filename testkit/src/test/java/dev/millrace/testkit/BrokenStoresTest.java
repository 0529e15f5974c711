package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.JobStoreContract;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** The contract is able to fail: it catches stores with one fault each. */
class BrokenStoresTest {
    private static Function<MemoryState, MemoryStore> under = MemoryStore::new;

    /** A fault and two of the tests that must notice it. */
    record Fault(String name, Function<MemoryState, MemoryStore> store, List<String> noticedBy) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Fault> faults() {
        return Stream.of(
                new Fault(
                        "fence dropped",
                        BrokenStores.FenceDropped::new,
                        List.of(
                                "aDeadWorkersLateWordIsRefusedAndTheJobStaysWithItsNewOwner",
                                "aReportOfAClaimThatWasGivenBackIsLost",
                                "randomOperationsAnswerAsThePlainModelDoes")),
                new Fault(
                        "give back without fence",
                        BrokenStores.ReturnsUnfenced::new,
                        List.of(
                                "onlyWhatIsHeldIsGivenBack",
                                "aJobGivenBackTwiceAndClaimedInBetweenStaysWithItsNewClaim")),
                new Fault(
                        "rescue ignores the beat",
                        BrokenStores.RescuesTheLiving::new,
                        List.of("aWorkerWhoseBeatMovedIsLeftAlone")),
                new Fault(
                        "the dead may claim",
                        BrokenStores.DeadMayClaim::new,
                        List.of(
                                "fromTheFirstStepOnTheDeadWorkerIsRefused",
                                "aWorkerThatWasNeverRegisteredClaimsNothing")),
                new Fault(
                        "position lost on retry",
                        BrokenStores.LosesRetries::new,
                        List.of(
                                "aFailedJobWaitsForItsNextAttempt",
                                "nothingIsLostOrDoneTwiceWhenManyWorkAtOnce")),
                new Fault(
                        "completes twice",
                        BrokenStores.CompletesTwice::new,
                        List.of(
                                "repeatingARecordedReportAnswersAlready",
                                "nothingIsLostOrDoneTwiceWhenManyWorkAtOnce")),
                new Fault(
                        "resend duplicates",
                        BrokenStores.ResendDuplicates::new,
                        List.of(
                                "aResendAfterALostAnswerLeavesOneJob",
                                "aResendLeavesJobsThatHaveMovedOnAsTheyAre")),
                new Fault(
                        "unknown kinds claimed",
                        BrokenStores.ClaimsUnknownKinds::new,
                        List.of(
                                "unknownKindsAndVersionsWaitForAWorkerThatKnowsThem",
                                "randomOperationsAnswerAsThePlainModelDoes")),
                new Fault(
                        "claims overlap",
                        BrokenStores.ClaimsOverlap::new,
                        List.of(
                                "claimsByTwoWorkersNeverOverlap",
                                "nothingIsLostOrDoneTwiceWhenManyWorkAtOnce")),
                new Fault(
                        "last come, first served",
                        BrokenStores.LastComeFirstServed::new,
                        List.of(
                                "higherPriorityComesFirstThenFirstComeFirstServed",
                                "randomOperationsAnswerAsThePlainModelDoes")),
                new Fault(
                        "promoted early",
                        BrokenStores.PromotesEarly::new,
                        List.of("dueJobsArePromotedAndOthersWait")),
                new Fault(
                        "reports without fence",
                        BrokenReports.Unfenced::new,
                        List.of(
                                "onlyWhoHoldsTheClaimMayReport",
                                "aReportOfAnEarlierClaimIsLostWhileALaterOneRuns",
                                "randomOperationsAnswerAsThePlainModelDoes")),
                new Fault(
                        "checkpoints go backwards",
                        BrokenReports.LastCheckpointStays::new,
                        List.of(
                                "aCheckpointNeverGoesBackwards",
                                "theSameReportAgainChangesNothing",
                                "randomOperationsAnswerAsThePlainModelDoes")),
                new Fault(
                        "waits blindly",
                        BrokenReports.ParksBlindly::new,
                        // races and random operations may meet it or not
                        List.of("aSignalThatCameBeforeTheWaitIsNotMissed")),
                new Fault(
                        "cancels nothing that runs",
                        BrokenReports.CancelsNothingThatRuns::new,
                        List.of("aJobThatWaitsCanBeCancelledAndRetried")),
                new Fault(
                        "manual retry does nothing",
                        BrokenStores.RetriesNothing::new,
                        List.of("aDiscardedJobRetriedByHandStartsOver")),
                new Fault(
                        "lists with gaps",
                        BrokenStores.ListsWithGaps::new,
                        List.of(
                                "pagesAreCompleteAndWithoutDuplicatesWhileOthersInsert",
                                "scheduledJobsAreListedByDueTimeAndOthersNewestFirst")));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void theContractNoticesABrokenStore(Fault fault) {
        under = fault.store();
        assertThat(failures()).containsAll(fault.noticedBy());
    }

    @ParameterizedTest
    @MethodSource("soundStores")
    void theContractFindsNoFaultInASoundStore(Function<MemoryState, MemoryStore> sound) {
        under = sound;
        assertThat(failures()).isEmpty();
    }

    static Stream<Function<MemoryState, MemoryStore>> soundStores() {
        return Stream.of(MemoryStore::new);
    }

    private static Set<String> failures() {
        var failed = new TreeSet<String>();
        var request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectClass(Subject.class))
                        .build();
        LauncherFactory.create()
                .execute(
                        request,
                        new TestExecutionListener() {
                            @Override
                            public void executionFinished(
                                    TestIdentifier test, TestExecutionResult result) {
                                if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
                                    failed.add(test.getDisplayName().replace("()", ""));
                                }
                            }
                        });
        return failed;
    }

    /** Run by the tests above only. */
    static class Subject extends JobStoreContract {
        private MemoryStore store = new MemoryStore();

        @Override
        protected JobStore openStore() {
            store = under.apply(new MemoryState());
            return store;
        }

        @Override
        protected JobStore reopen() {
            return store.reopen();
        }

        @Override
        protected Inspector inspector() {
            return store.inspector();
        }
    }
}
