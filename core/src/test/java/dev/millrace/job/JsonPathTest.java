package dev.millrace.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonPathTest {
    private static final String JSON =
            """
            {"skipped": {"id": 1, "list": [[], {}]},
             "id": 12345678901234567890, "half": 0.50, "name": "a \\u00e4 \\"b\\"", "yes": true,
             "none": null, "list": [{"id": "x"}, 7, [8, 9]], "0": "zero", "": "empty"}
            """;

    private static boolean holds(String path, String value) {
        return JsonPath.of(path).holds(JSON, value);
    }

    @Test
    void valuesAreFoundAtTheirPlace() {
        assertThat(holds("skipped.id", "1")).isTrue();
        assertThat(holds("id", "1")).isFalse();
        assertThat(holds("id", "12345678901234567890")).isTrue();
        assertThat(holds("id", "12345678901234567891")).isFalse();
        assertThat(holds("half", "0.5")).isTrue();
        assertThat(holds("half", "5e-1")).isTrue();
        assertThat(holds("name", "a ä \"b\"")).isTrue();
        assertThat(holds("yes", "true")).isTrue();
        assertThat(holds("yes", "false")).isFalse();
        assertThat(holds("none", "null")).isTrue();
        assertThat(holds("list.0.id", "x")).isTrue();
        assertThat(holds("list.1", "7")).isTrue();
        assertThat(holds("list.2.1", "9")).isTrue();
        assertThat(holds("0", "zero")).isTrue();
    }

    @Test
    void nothingIsFoundWhereNothingSuchIs() {
        assertThat(holds("list", "7")).isFalse();
        assertThat(holds("list.9", "7")).isFalse();
        assertThat(holds("list.-1", "7")).isFalse();
        assertThat(holds("list.99999999999999999999", "7")).isFalse();
        assertThat(holds("skipped", "{}")).isFalse();
        assertThat(holds("name.length", "7")).isFalse();
        assertThat(holds("missing.more", "7")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "nonsense", "{\"a\":", "[1,", "{\"b\": tru"})
    void whatIsNoJsonHoldsNothing(String json) {
        assertThat(JsonPath.of("a").holds(json, "1")).isFalse();
        assertThat(JsonPath.of("0").holds(json, "2")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a..b"})
    void aPathWithAnEmptyNameIsRefused(String path) {
        assertThatThrownBy(() -> JsonPath.of(path))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("names parted by dots");
    }

    @Test
    void aNumberWithAHugeExponentCostsNothing() {
        assertThat(JsonPath.of("a").holds("{\"a\": 1e999999999}", "1e999999999")).isTrue();
        assertThat(JsonPath.of("a").holds("{\"a\": 1e999999999}", "2")).isFalse();
    }
}
