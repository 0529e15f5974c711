package dev.millrace.web.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.MillraceException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

class WorkBodyTest {
    private static WorkBody read(String member) {
        return WorkBody.read("{\"m\":" + member + "}", List.of("m"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":[\"x\"]}",
                "{\"a\":[1.5]}",
                "{\"a\":[1,1e9]}",
                "{\"a\":[99999999999]}",
                "{\"a\":[[1]]}",
                "{\"a\":[null]}",
                "{\"a\":1}",
                "{\"a\":{}}"
            })
    void whatIsNoArrayOfWholeNumbersIsToldWhatItHasToBe(String member) {
        assertThatThrownBy(() -> read(member).lists("m"))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("'a' in 'm' must be an array of whole numbers")
                .hasMessageContaining("nothing was done")
                .hasMessageNotContaining("java");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1]", "[\"x\"]", "[[]]", "[null]", "{}", "1"})
    void whatIsNoArrayOfObjectsIsToldWhatItHasToBe(String member) {
        assertThatThrownBy(() -> read(member).items("m"))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("'m' must be an array of objects")
                .hasMessageNotContaining("java");
    }

    @Test
    void membersOfItemsAreStringsOrNotSaid() {
        assertThat(read("[{\"a\":\"x\",\"b\":null}]").items("m")).containsExactly(Map.of("a", "x"));
        assertThatThrownBy(() -> read("[{\"a\":{\"b\":1}}]").items("m"))
                .hasMessageContaining("'a' in 'm' must be a string");
        assertThat(read("{\"a\":[],\"b\":[1,-2]}").lists("m"))
                .isEqualTo(Map.of("a", List.of(), "b", List.of(1, -2)));
    }
}
