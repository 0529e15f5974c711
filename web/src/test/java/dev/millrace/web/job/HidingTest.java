package dev.millrace.web.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;

class HidingTest {
    private static String shown(String json, String... rules) {
        return Hiding.of(List.of(rules).stream().map(each -> Hiding.Rule.of("k*", each)).toList())
                .of("kind", json)
                .json(json);
    }

    @Test
    void whatAPointerNamesIsHiddenAndNothingElseIsTouched() {
        assertThat(shown("{\"a\":{\"b\":1.50,\"c\":[1e5]},\"b\":2}", "/a/b"))
                .isEqualTo("{\"a\":{\"b\":\"[hidden]\",\"c\":[1e5]},\"b\":2}");
        assertThat(shown("[{\"x\":1},{\"x\":{\"y\":[2]}}]", "/*/x"))
                .isEqualTo("[{\"x\":\"[hidden]\"},{\"x\":\"[hidden]\"}]");
        assertThat(shown("{\"a/b\":1,\"~\":2}", "/a~1b", "/~0"))
                .isEqualTo("{\"a/b\":\"[hidden]\",\"~\":\"[hidden]\"}");
    }

    @Test
    void whatANameNamesIsHiddenAtAnyDepthInAnyCase() {
        assertThat(shown("{\"userPassword\":\"abcd\",\"x\":[{\"PASSWORDS\":[1,2]}]}", "*password*"))
                .isEqualTo("{\"userPassword\":\"[hidden]\",\"x\":[{\"PASSWORDS\":\"[hidden]\"}]}");
    }

    @Test
    void hiddenValuesAreTakenOutOfTextsOfTheSameJob() {
        var hiding = Hiding.of(List.of(Hiding.Rule.of("*", "/card")));
        var of = hiding.of("pay", "{\"card\":{\"no\":\"4111-22\",\"cvc\":12},\"ok\":\"fine\"}");
        assertThat(of.text("card 4111-22, cvc 12 was fine"))
                .isEqualTo("card [hidden], cvc 12 was fine");
        assertThat(of.json("{\"echo\":\"4111-22\"}")).isEqualTo("{\"echo\":\"[hidden]\"}");
    }

    @Test
    void otherKindsAreShownAsTheyAre() {
        assertThat(
                        Hiding.of(List.of(Hiding.Rule.of("mail.*", "/a")))
                                .of("kind", "{\"a\":1}")
                                .json("{\"a\":1}"))
                .isEqualTo("{\"a\":1}");
    }

    @Test
    @Timeout(10)
    void noNameTakesLong() {
        String name = "a".repeat(40_000);
        assertThat(shown("{\"" + name + "\":1}", "*a*a*a*a*a*a*a*b")).contains(":1}");
    }
}
