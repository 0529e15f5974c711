package dev.millrace.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.stream.IntStream;

/** Stored terms that are read again and again. */
class RecentTermsTest {
    private final RecentTerms recent = new RecentTerms();

    @Test
    void whatIsReadAgainIsTheSameAndWhatIsLongIsNotKept() {
        String text = terms("host", "a");
        assertThat(recent.read(text).keys()).isEqualTo(Map.of("host", "a"));
        assertThat(recent.read(new String(text.toCharArray()))).isSameAs(recent.read(text));
        String large = terms("host", "x".repeat(190));
        assertThat(recent.read(large))
                .isEqualTo(recent.read(large))
                .isNotSameAs(recent.read(large));
    }

    @Test
    void textsThatShareAPlaceAreToldApart() {
        // these two have one hash
        assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
        for (int i = 0; i < 3; i++) {
            assertThat(recent.read(terms("host", "Aa")).keys()).containsValue("Aa");
            assertThat(recent.read(terms("host", "BB")).keys()).containsValue("BB");
        }
        assertThat(IntStream.range(0, 20_000))
                .allMatch(i -> recent.read(terms("n", "" + i)).keys().containsValue("" + i));
    }

    @Test
    void whatCannotBeReadIsRefusedEachTime() {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> recent.read("{\"keys\":7}"))
                    .isInstanceOf(MillraceException.class);
        }
    }

    private static String terms(String name, String value) {
        return new JobTerms(null, null, null, Map.of(name, value)).text();
    }
}
