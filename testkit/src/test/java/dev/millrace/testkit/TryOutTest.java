package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.flow.Pipeline;
import dev.millrace.flow.StepAnswer;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.store.BatchState;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** One item through all steps, as users test their pipelines. */
final class TryOutTest {
    private static final Pipeline<String> LENGTH =
            Pipeline.named("length", String.class)
                    .key(text -> text)
                    .step("double", String.class, (text, job) -> StepAnswer.next(text + text))
                    .step(
                            "count",
                            Integer.class,
                            (text, job) ->
                                    text.startsWith("b")
                                            ? StepAnswer.reject("no b")
                                            : StepAnswer.next(text.length()))
                    .build();

    @Test
    void everyStepIsThereWithItsResult() {
        var journey = TryOut.through(LENGTH, "abc", "abc", Duration.ofSeconds(30));
        assertThat(journey.item().state()).isEqualTo(BatchState.COMPLETED);
        assertThat(journey.visits())
                .extracting(JobSnapshot::state)
                .extracting(state -> ((JobState.Completed) state).result())
                .containsExactly("\"abcabc\"", "6");
    }

    @Test
    void aRejectedItemSaysWhy() {
        var journey = TryOut.through(LENGTH, "bc", "bc", Duration.ofSeconds(30));
        assertThat(journey.item().state()).isEqualTo(BatchState.FAILED);
        var error = journey.visits().getLast().attempts().getLast().error();
        assertThat(error).isNotNull();
        assertThat(error.message()).isEqualTo("no b");
    }

    @Test
    void anotherKeyThanTheItemsIsAnError() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> TryOut.through(LENGTH, "abc", "cba", Duration.ofSeconds(30)))
                .withMessageContaining("'cba'");
    }
}
