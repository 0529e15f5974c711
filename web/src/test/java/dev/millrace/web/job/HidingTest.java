package dev.millrace.web.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import static java.util.stream.Collectors.joining;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

class HidingTest {
    private static final JsonMapper JSON = JsonMapper.builder(StrictJson.FACTORY).build();

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
    @Timeout(60)
    void noNameTakesLong() {
        String name = "a".repeat(40_000);
        assertThat(shown("{\"" + name + "\":1}", "*a*a*a*a*a*a*a*b")).contains(":1}");
    }

    private static Hiding.Of of(String payload) {
        return Hiding.of(List.of(Hiding.Rule.of("*", "secret"))).of("pay", payload);
    }

    @Test
    void aNumberWithAHiddenOneInItIsHiddenWholeAndTheRestStaysJson() {
        String payload = "{\"secret\":1234,\"amount\":12345,\"other\":1.50}";
        assertThat(of(payload).json(payload))
                .isEqualTo("{\"secret\":\"[hidden]\",\"amount\":\"[hidden]\",\"other\":1.50}");
    }

    @Test
    void whatHasToBeEscapedIsFoundInValuesAndInTextsThatQuoteJson() {
        String escaped = "pa\\\"ss\\\\word9";
        String payload = "{\"secret\":\"%s\",\"copy\":\"%s\"}".formatted(escaped, escaped);
        assertThat(of(payload).json(payload))
                .isEqualTo("{\"secret\":\"[hidden]\",\"copy\":\"[hidden]\"}");
        assertThat(of(payload).text("plain pa\"ss\\word9, quoted " + escaped))
                .isEqualTo("plain [hidden], quoted [hidden]");
    }

    @Test
    void partsOfTheStructureAreNoValues() {
        String payload = "{\"secret\":\"\\\",\\\"x\",\"a\":1,\"b\":\"c\",\"x\":2}";
        assertThat(of(payload).json(payload))
                .isEqualTo("{\"secret\":\"[hidden]\",\"a\":1,\"b\":\"c\",\"x\":2}");
    }

    @Test
    void moreHiddenValuesThanCanBeLookedForHideEverythingElse() {
        String many = IntStream.range(1000, 1200).mapToObj(Integer::toString).collect(joining(","));
        String payload = "{\"secret\":[" + many + "],\"a\":\"plain\",\"b\":true}";
        assertThat(of(payload).json(payload))
                .isEqualTo("{\"secret\":\"[hidden]\",\"a\":\"[hidden]\",\"b\":true}");
        assertThat(of(payload).text("code 1199")).isEqualTo("[hidden]");
    }

    @Test
    void aPayloadThatCannotBeReadShowsNothingOfItself() {
        assertThat(of("{\"secret\":").text("some error")).isEqualTo("[hidden]");
    }

    private static final List<String> PIECES =
            List.of("\"", "\\", ",", ":", "}", "a", "b", "1", "23", "\n", "\u00e9", "\ud83d\ude00");

    private static String text(Random random, List<String> secrets) {
        var text = new StringBuilder();
        for (int i = random.nextInt(6); i >= 0; i--) {
            text.append(
                    !secrets.isEmpty() && random.nextInt(4) == 0
                            ? secrets.get(random.nextInt(secrets.size()))
                            : PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }

    private static JsonNode scalar(Random random, List<String> secrets) {
        String text = text(random, secrets);
        return text.matches("[1-9][0-9]{0,15}")
                ? JSON.getNodeFactory().numberNode(Long.parseLong(text))
                : JSON.getNodeFactory().stringNode(text);
    }

    private static void noneIsIn(JsonNode node, List<String> secrets) {
        if (secrets.isEmpty()) {
            return;
        }
        if (node.isObject()) {
            node.properties()
                    .forEach(each -> {
                        assertThat(each.getKey()).doesNotContain(secrets);
                        noneIsIn(each.getValue(), secrets);
                    });
        } else if (node.isArray()) {
            node.forEach(each -> noneIsIn(each, secrets));
        } else {
            assertThat(node.asString()).doesNotContain(secrets);
        }
    }

    @Test
    void whateverIsHiddenTheRestIsJsonWithoutIt() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            var hidden = JSON.createArrayNode();
            List<String> secrets = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                JsonNode secret = scalar(random, secrets);
                hidden.add(secret);
                if (HiddenValues.isTelling(secret.asString())) {
                    secrets.add(secret.asString());
                }
            }
            var payload = JSON.createObjectNode();
            payload.set("secret", hidden);
            var list = payload.putArray("list");
            for (int i = random.nextInt(8); i >= 0; i--) {
                list.add(scalar(random, secrets));
                payload.set("m" + text(random, secrets), scalar(random, secrets));
            }
            String shown = of(payload.toString()).json(payload.toString());
            assertThatCode(() -> noneIsIn(JSON.readTree(shown), secrets))
                    .as("seed %d, round %d: %s shown as %s", seed, round, payload, shown)
                    .doesNotThrowAnyException();
            assertThat(JSON.readTree(shown).size()).isEqualTo(payload.size());
        }
    }
}
