package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testkit.ModelComparison;
import dev.millrace.testkit.Seeds;

import org.junit.jupiter.api.Test;

/** Operations drawn at random. */
interface RandomContract extends Contract {
    /** How many operations one thread compares with the model. */
    int STEPS = 3000;

    @Test
    default void randomOperationsAnswerAsThePlainModelDoes() {
        long seed = Seeds.draw("random operations");
        var left = new ModelComparison(bench().store(), seed).run(STEPS);
        bench().accepted().addAll(left);
        assertThat(left).isNotEmpty();
    }

    @Test
    default void nothingIsLostOrDoneTwiceWhenManyWorkAtOnce() throws Exception {
        long seed = Seeds.draw("concurrent fuzz");
        new Fuzz(bench(), seed).run();
    }
}
