package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpResponse;
import java.time.Duration;

/** Copies of jobs, with what is hidden of them. */
@Timeout(60)
class CopyTest {
    private static final String PAYLOAD =
            "{\"card\":{\"number\":\"4111-2222\",\"cvc\":123},\"sum\":1.50,\"list\":[{\"pin\":9876},{}],\"note\":\"card"
                + " 4111-2222\"}";

    private static final RetryPolicy OWN =
            RetryPolicy.standard().attempts(4).fixed(Duration.ofSeconds(7));

    private final MemoryStore store = new MemoryStore();
    private final Served served =
            new Served(
                    store,
                    builder -> builder,
                    settings -> People.with(settings, "hide pay /card *pin*"));

    @BeforeEach
    void asAdmin() {
        served.token = People.ADMIN;
    }

    @AfterEach
    void close() {
        served.close();
    }

    private JobSnapshot enqueued(String queue) throws Exception {
        return store.find(
                        served.millrace
                                .enqueue(
                                        Task.named("pay", RawJson.class)
                                                .version(3)
                                                .with(new RawJson(PAYLOAD))
                                                .queue(queue)
                                                .priority(7)
                                                .retry(OWN)
                                                .tag("a")
                                                .tag("b")
                                                .key("tenant", "acme")
                                                .timeout(Duration.ofSeconds(9))
                                                .ttl(Duration.ofHours(1))
                                                .unique("order:1"))
                                .id())
                .orElseThrow();
    }

    private HttpResponse<String> copy(JobSnapshot job, String changes) throws Exception {
        return served.post("/api/v1/jobs/" + job.id() + "/copy", "application/json", changes);
    }

    private JobSnapshot copied(JobSnapshot job, String changes) throws Exception {
        var answer = copy(job, changes);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(Served.json(answer).get("payload").toString()).doesNotContain("4111", "9876");
        long id = Served.json(answer).get("id").asLong();
        assertThat(answer.headers().firstValue("Location")).hasValue("/api/v1/jobs/" + id);
        return store.find(id).orElseThrow();
    }

    @Test
    void aCopyIsLikeItsOriginalButForItsUniqueKey() throws Exception {
        JobSnapshot job = enqueued("mine-1");
        JobSnapshot copy = copied(job, "{}");
        assertThat(copy.id()).isNotEqualTo(job.id());
        assertThat(copy.payload()).isEqualTo(PAYLOAD);
        assertThat(copy.version()).isEqualTo(3);
        assertThat(copy.queue()).isEqualTo("mine-1");
        assertThat(copy.priority()).isEqualTo(7);
        assertThat(copy.tags()).containsExactly("a", "b");
        assertThat(copy.maxAttempts()).isEqualTo(job.maxAttempts());
        assertThat(copy.terms().keys()).containsEntry("tenant", "acme");
        assertThat(copy.terms().timeout()).isEqualTo(Duration.ofSeconds(9));
        assertThat(copy.terms().expiresAt()).isEqualTo(job.terms().expiresAt());
        assertThat(copy.terms().unique()).isNull();
        assertThat(store.ownRetry(copy.id())).contains(OWN);
    }

    @Test
    void whatWasShownAsHiddenIsTakenFromTheOriginal() throws Exception {
        JobSnapshot job = enqueued("mine-1");
        String shown =
                Served.json(served.get("/api/v1/jobs/" + job.id())).get("payload").toString();
        assertThat(shown).doesNotContain("4111", "9876").contains("card [hidden]");
        String changes =
                "{\"payload\":%s,\"tags\":[\"c\"],\"maxAttempts\":2,\"delay\":\"1h\"}"
                        .formatted(shown.replace("1.50", "2.75").replace("1.5,", "2.75,"));
        JobSnapshot copy = copied(job, changes);
        assertThat(copy.payload()).isEqualTo(PAYLOAD.replace("1.50", "2.75"));
        assertThat(copy.tags()).containsExactly("c");
        assertThat(copy.maxAttempts()).isEqualTo(2);
        assertThat(store.ownRetry(copy.id())).contains(OWN.attempts(2));
        assertThat(copy.terms().keys()).containsEntry("tenant", "acme");
        JobSnapshot other =
                copied(job, "{\"payload\":{\"card\":\"another\",\"list\":[{\"pin\":1},{}]}}");
        assertThat(other.payload()).isEqualTo("{\"card\":\"another\",\"list\":[{\"pin\":1},{}]}");
    }

    @Test
    void whatIsHiddenIsNeverGuessedAt() throws Exception {
        JobSnapshot job = enqueued("mine-1");
        for (String payload :
                new String[] {
                    "{\"elsewhere\":\"[hidden]\"}",
                    "{\"list\":[{\"pin\":\"[hidden]\"}]}",
                    "{\"list\":[{},{\"pin\":\"[hidden]\"}]}",
                    "{\"card\":\"[hidden] or so\"}",
                    "{\"note\":\"other [hidden]\"}"
                }) {
            var answer = copy(job, "{\"payload\":" + payload + "}");
            assertThat(answer.statusCode()).as(payload).isEqualTo(400);
            assertThat(answer.body()).contains("\"field\":\"payload\"", "nothing was accepted");
        }
        for (String odd :
                new String[] {"{\"kind\":\"k\"}", "{\"unique\":\"u\"}", "{\"nope\":1}", "[]", ""}) {
            assertThat(copy(job, odd).statusCode()).as(odd).isEqualTo(400);
        }
    }

    /** Whoever leaves out the hidden field is not shown where else its value stands. */
    @Test
    void nothingComesAlongThatWouldBeShownOfTheCopyOnly() throws Exception {
        JobSnapshot job = enqueued("mine-1");
        served.token = People.MINE;
        for (String payload :
                new String[] {
                    "{\"note\":\"card [hidden]\"}",
                    "{\"card\":\"x\",\"note\":\"card [hidden]\"}",
                    // a right guess is answered as a wrong one
                    "{\"card\":\"4111-2222\",\"note\":\"card [hidden]\"}",
                    "{\"card\":\"[hidden]\",\"note\":\"card [hidden]\"}"
                }) {
            var answer = copy(job, "{\"payload\":" + payload + "}");
            assertThat(answer.statusCode()).as(payload).isEqualTo(400);
            assertThat(answer.body()).contains("stands for something hidden at another place");
        }
        String all =
                "{\"card\":\"[hidden]\",\"list\":[{\"pin\":\"[hidden]\"},1],\"note\":\"card"
                        + " [hidden]\"}";
        JobSnapshot whole = copied(job, "{\"payload\":" + all + "}");
        assertThat(whole.payload()).contains("\"note\":\"card 4111-2222\"");
    }

    @Test
    void tagsAndKeysThatHaveWhatIsHiddenComeAlongOnlyWithIt() throws Exception {
        String body =
                "{\"kind\":\"pay\",\"queue\":\"mine-1\",\"payload\":{\"card\":\"4111-2222\"},"
                        + "\"tags\":[\"4111-2222\"],\"keys\":{\"card\":\"4111-2222\"}}";
        served.token = People.MINE;
        JobSnapshot job =
                store.find(Served.json(served.enqueue(body)).get("id").asLong()).orElseThrow();
        for (String payload : new String[] {"{}", "{\"card\":\"x\"}", "{\"card\":\"4111-2222\"}"}) {
            var answer = copy(job, "{\"payload\":" + payload + "}");
            assertThat(answer.statusCode()).as(payload).isEqualTo(400);
            assertThat(answer.body()).contains("\"field\":\"tags\"", "\"field\":\"keys\"");
        }
        assertThat(copied(job, "{}").tags()).containsExactly("4111-2222");
        assertThat(copied(job, "{\"payload\":{\"card\":\"[hidden]\"}}").tags())
                .containsExactly("4111-2222");
        var said = copy(job, "{\"payload\":{},\"tags\":[\"t\"],\"keys\":{\"card\":\"x\"}}");
        assertThat(said.statusCode()).as(said.body()).isEqualTo(201);
        assertThat(said.body()).doesNotContain("4111");
    }

    @Test
    void aCopyTakesTheRoleOnBothQueues() throws Exception {
        JobSnapshot mine = enqueued("mine-1");
        served.token = People.LOOKER;
        assertThat(copy(mine, "{}").statusCode()).isEqualTo(403);
        served.token = People.MINE;
        assertThat(copy(mine, "{\"queue\":\"other\"}").statusCode()).isEqualTo(403);
        assertThat(copy(mine, "{\"queue\":\"mine-2\"}").statusCode()).isEqualTo(201);
        served.token = People.ADMIN;
        assertThat(copy(mine, "{\"queue\":\"other\"}").statusCode()).isEqualTo(201);
        served.token = People.MINE;
        assertThat(served.post("/api/v1/jobs/999/copy", "application/json", "{}").statusCode())
                .isEqualTo(404);
    }
}
