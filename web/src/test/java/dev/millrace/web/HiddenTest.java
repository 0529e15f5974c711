package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.flow.Pipeline;
import dev.millrace.job.RetryPolicy;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.web.access.Secrets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;

/** Hidden values cannot be found out where something else is shown, nor by trying. */
@Timeout(60)
class HiddenTest {
    private static final String SECRET = "4111-1111-1111";
    private static final String OPERATOR = "token-of-an-operator-of-all";
    private static final String JSON = "application/json";

    private static WebSettings hiding(WebSettings settings, String rule) {
        return People.with(
                settings, rule, "token op sha256:" + Secrets.hash(OPERATOR) + " operator");
    }

    @Test
    void errorsThatMayQuoteWhatIsHiddenAreNotSearchedStepByStep() throws Exception {
        var pipeline =
                Pipeline.named("charge", String.class)
                        .key(card -> "one")
                        .step(
                                "pay",
                                String.class,
                                (card, job) -> {
                                    throw new IllegalStateException("card " + card + " refused");
                                },
                                s -> s.retry(RetryPolicy.never()))
                        .build();
        try (var served =
                new Served(
                        new MemoryStore(),
                        b -> b.pipeline(pipeline),
                        s -> hiding(s, "hide charge* *"))) {
            served.millrace.submit(pipeline, SECRET);
            String step = "/api/v1/pipelines/charge/steps/pay/";
            served.token = OPERATOR;
            await().until(() ->
                    Served.json(served.get(step + "failed")).get("matching").asInt() == 1);
            for (String guess : List.of("4111", "9999", "")) {
                assertThat(served.get(step + "failed?reason=" + guess).statusCode()).isEqualTo(403);
                assertThat(served.post(step + "retry?reason=" + guess, JSON, "").statusCode())
                        .isEqualTo(403);
            }
            assertThat(served.post(step + "retry", JSON, "").statusCode()).isEqualTo(200);
            served.token = People.ADMIN;
            assertThat(served.get(step + "failed?reason=4111").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void tagsOfSchedulesAreHiddenAsThoseOfJobs() throws Exception {
        try (var served = new Served(new MemoryStore(), b -> b, s -> hiding(s, "hide pay /card"))) {
            served.token = OPERATOR;
            var made =
                    served.post(
                            "/api/v1/schedules",
                            JSON,
                            "{\"name\":\"s\",\"when\":{\"every\":\"1h\"},\"kind\":\"pay\",\"payload\":{\"card\":\"%s\"},\"tags\":[\"%s\"]}"
                                    .formatted(SECRET, SECRET));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            assertThat(made.body()).contains("\"tags\":[\"[hidden]\"]").doesNotContain(SECRET);
        }
    }
}
