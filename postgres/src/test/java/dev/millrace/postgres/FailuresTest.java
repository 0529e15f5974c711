package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.MillraceException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.SQLException;

class FailuresTest {
    @ParameterizedTest
    @ValueSource(strings = {"26000", "42P05"})
    void aPoolerThatMixesUpStatementsIsNamedAndTheWayOutToo(String state) {
        var pool = new SQLException("timed out", "08001");
        var told = Failures.of("look", new SQLException("gone", state, pool));

        assertThat(told.code()).isEqualTo(MillraceException.Code.STORE_UNAVAILABLE);
        assertThat(told).hasMessageContaining("pooler").hasMessageContaining("prepareThreshold=0");
    }
}
