package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/** Whoever has roles on some queues changes nothing of others, by whatever they have in common. */
@Timeout(60)
class ReachTest {
    private static final String JSON = "application/json";

    private final MemoryStore store = new MemoryStore();
    private final Served served = new Served(store, builder -> builder, People::with);

    @BeforeEach
    void asAdmin() {
        served.token = People.ADMIN;
    }

    @AfterEach
    void close() {
        served.close();
    }

    private HttpResponse<String> patch(String queue, String change) throws Exception {
        return served.send(
                served.to("/api/v1/queues/" + queue)
                        .header("Content-Type", JSON)
                        .method("PATCH", BodyPublishers.ofString(change)));
    }

    private JobState.Name state(long id) {
        return store.find(id).orElseThrow().state().name();
    }

    @Test
    void aUniqueKeyTakesThePlaceOfNoJobOfAnotherQueue() throws Exception {
        String theirs =
                "{\"kind\":\"pay\",\"queue\":\"other\",\"unique\":\"order:17\",\"delay\":\"1h\"}";
        long id = Served.json(served.enqueue(theirs)).get("id").asLong();
        served.token = People.MINE;
        for (String answer : List.of("replace", "debounce")) {
            String mine =
                    "{\"kind\":\"x\",\"queue\":\"mine-1\",\"unique\":{\"key\":\"order:17\",\"onConflict\":\"%s\"}}"
                            .formatted(answer);
            var refused = served.enqueue(mine);
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
            assertThat(refused.body()).contains("key-held").doesNotContain("other");
            var bulk = served.post("/api/v1/jobs/bulk", "application/x-ndjson", mine + "\n");
            assertThat(Served.json(bulk).get("duplicates").asInt()).isEqualTo(1);
            assertThat(state(id)).isEqualTo(JobState.Name.SCHEDULED);
        }
    }

    @Test
    void whatQueuesShareIsSetByThoseWhoMayInAllOfThem() throws Exception {
        assertThat(patch("other", "{\"shared\":{\"db\":50}}").statusCode()).isEqualTo(200);
        served.token = People.MINE;
        for (String change :
                List.of(
                        "{\"shared\":{\"db\":1}}",
                        "{\"sharedRates\":{\"db\":{\"count\":1,\"per\":\"24h\"}}}")) {
            var refused = patch("mine-1", change);
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
            assertThat(refused.body()).contains("every queue that shares 'db'");
            assertThat(refused.body()).doesNotContain("other");
        }
        assertThat(patch("mine-1", "{\"shared\":{\"ours\":1}}").statusCode()).isEqualTo(200);
        assertThat(patch("mine-2", "{\"shared\":{\"ours\":2}}").statusCode()).isEqualTo(200);
        assertThat(patch("mine-1", "{\"limit\":3}").statusCode()).isEqualTo(200);
        assertThat(store.limits().limits().get("mine-1").shared()).doesNotContainKey("db");
        served.token = People.ADMIN;
        assertThat(patch("mine-1", "{\"shared\":{\"db\":1}}").statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> schedule(String name, String queue) throws Exception {
        return served.post(
                "/api/v1/schedules",
                JSON,
                "{\"name\":\"%s\",\"when\":{\"every\":\"1h\"},\"kind\":\"k\",\"queue\":\"%s\"}"
                        .formatted(name, queue));
    }

    @Test
    void schedulesOfOtherQueuesAreNotNamedByCursorsOrRefusals() throws Exception {
        for (int i = 0; i < 150; i++) {
            schedule("s-%03d-secret".formatted(i), "payroll");
        }
        schedule("a-mine", "mine-1");
        schedule("s-060-mine", "mine-1");
        schedule("z-mine", "mine-1");
        served.token = People.LOOKER;
        for (int limit : new int[] {1, 2, 30, 1000}) {
            List<String> names = new ArrayList<>();
            String after = "";
            for (int pages = 0; pages < 10; pages++) {
                JsonNode page = Served.json(served.get("/api/v1/schedules?limit=" + limit + after));
                assertThat(page.toString()).doesNotContain("secret", "payroll");
                page.get("items").forEach(each -> names.add(each.get("name").asString()));
                if (page.get("next").isNull()) {
                    break;
                }
                after = "&after=" + page.get("next").asString();
            }
            assertThat(names)
                    .as("pages of %d", limit)
                    .containsExactly("a-mine", "s-060-mine", "z-mine");
        }
        served.token = People.MINE;
        var taken = schedule("s-001-secret", "mine-1");
        assertThat(taken.statusCode()).isEqualTo(409);
        assertThat(taken.body()).contains("name-taken").doesNotContain("payroll");
    }

    @Test
    void momentsAtTheEndsOfTimeAreRefused() throws Exception {
        for (String query :
                List.of(
                        "to=%2B1000000000-12-31T23:59:59Z",
                        "from=-1000000000-01-01T00:00:00Z",
                        "to=-1000000000-01-01T00:00:00Z",
                        "from=%2B999999999-12-31T00:00:00Z&to=%2B1000000000-12-31T23:59:59Z",
                        "from=1969-12-31T23:59:59Z",
                        "to=%2B10000-01-01T00:00:00Z")) {
            assertThat(served.get("/api/v1/series?" + query).statusCode()).as(query).isEqualTo(400);
        }
        assertThat(served.get("/api/v1/series?to=1970-01-01T00:00:00Z").statusCode())
                .isEqualTo(200);
        assertThat(served.get("/api/v1/series?to=9999-12-31T23:59:59Z").statusCode())
                .isEqualTo(200);
    }
}
