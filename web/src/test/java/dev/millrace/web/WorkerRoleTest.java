package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.MillraceException;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is given jobs over HTTP. */
@Timeout(60)
class WorkerRoleTest {
    @Test
    void jobsAreGivenOnlyToWhoeverHasTheRoleWorkerAndThatIsKept() throws Exception {
        try (var served = new Served(new MemoryStore(), builder -> builder, People::with)) {
            String mine = "{\"name\":\"w\",\"queues\":{\"mine-1\":1}}";
            String work = "/api/v1/work/";
            String json = "application/json";
            served.token = People.MINE;
            var operator = served.post(work + "register", json, mine);
            assertThat(operator.statusCode()).as("an operator").isEqualTo(403);
            assertThat(Served.json(operator).get("expected").asString()).contains("worker");
            long id =
                    Served.json(served.enqueue("{\"kind\":\"far\",\"queue\":\"mine-1\"}"))
                            .get("id")
                            .asLong();
            served.token = People.WORKS;
            String other = "{\"name\":\"w\",\"queues\":{\"mine-1\":1,\"yours\":1}}";
            assertThat(served.post(work + "register", json, other).statusCode()).isEqualTo(403);
            var registered = served.post(work + "register", json, mine);
            String worker = Served.json(registered).get("worker").asString();
            String claim =
                    "{\"worker\":\"%s\",\"request\":1,\"queues\":{\"mine-1\":1},"
                            + "\"kinds\":{\"far\":[1]}}";
            var given = served.post(work + "claim", json, claim.formatted(worker));
            var job = Served.json(given).get("jobs").get(0);
            assertThat(job.get("id").asLong()).isEqualTo(id);
            var done =
                    served.post(
                            work + id + "/complete",
                            json,
                            "{\"token\":\"%s\"}".formatted(job.get("token").asString()));
            assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
            assertThat(served.get("/api/v1/jobs/" + id).statusCode()).as("a look").isEqualTo(403);
            assertThat(served.enqueue("{\"kind\":\"k\",\"queue\":\"mine-1\"}").statusCode())
                    .isEqualTo(403);
            served.token = People.ADMIN;
            var kept = Served.json(served.get("/api/v1/audit")).get("items");
            assertThat(kept).hasSize(1);
            assertThat(kept.get(0).get("action").asString()).isEqualTo("registerWorker");
            assertThat(kept.get(0).get("who").asString()).isEqualTo("far");
            assertThat(kept.get(0).get("role").asString()).isEqualTo("worker");
            assertThat(kept.get(0).toString()).contains("mine-1").doesNotContain(worker);
        }
    }

    @Test
    void theRoleWorkerIsForPrograms() {
        assertThatThrownBy(() -> People.rules("user eve $2b$12$" + "x".repeat(53) + " worker"))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("worker is for tokens");
    }
}
