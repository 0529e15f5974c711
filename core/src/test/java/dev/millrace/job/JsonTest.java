package dev.millrace.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
    private final Json json = new Json();

    record Text(String text) {}

    private String raw(String text) {
        return json.write("payload", new RawJson(text), 1 << 20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"n\":123456789012345678901234567890.000}",
                "[1,2]",
                "  \"x\"  ",
                "null",
                "-0.0",
                "{\"b\":1,\"a\":2}"
            })
    void rawJsonIsKeptToTheLetter(String text) {
        assertThat(raw(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "}", "{'a':1}", "1 2", "[1,]", "NaN", "tru", "\"\t\""})
    void whatIsNotOneDocumentIsRefusedWithItsPlace(String text) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> raw(text))
                .withMessageStartingWith("payload must be one JSON document")
                .withMessageEndingWith("nothing was stored");
    }

    @Test
    void nestingHasABound() {
        assertThat(raw("[".repeat(100) + "]".repeat(100))).hasSize(200);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> raw("[".repeat(101) + "]".repeat(101)));
    }

    @Test
    void aNulAndALoneSurrogateSurviveTheTripAsEscapes() {
        String odd = "nul \u0000, lone \ud800 and \udfff, pair \ud83d\ude00";
        String text = json.write("payload", new Text(odd), 1000);
        assertThat(text).contains("\\u0000", "\\ud800", "\\udfff", "\ud83d\ude00");
        assertThat(json.read("payload", text, Text.class)).isEqualTo(new Text(odd));
    }

    @Test
    void sizeIsCountedInBytesOfUtf8() {
        assertThat(json.write("payload", "é€\ud83d\ude00", 2 + 3 + 4 + 2)).hasSize(6);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> json.write("payload", "é€\ud83d\ude00", 10))
                .withMessage(
                        "payload must be at most 10 bytes of JSON, got 11; nothing was stored");
    }
}
