package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.JobFilter;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs by the stream: good ones are kept, bad ones named. */
@Timeout(60)
class BulkTest {
    private static final String NDJSON = "application/x-ndjson";

    private final MemoryStore store = new MemoryStore();
    private final Served served = new Served(store);

    @AfterEach
    void close() {
        served.close();
    }

    private int stored() {
        return store.list(JobFilter.all(), 1000, null).items().size();
    }

    @Test
    void goodLinesAreKeptAndBadOnesNamed() throws Exception {
        var answer =
                served.post(
                        "/api/v1/jobs/bulk",
                        NDJSON,
                        """
                        {"kind": "a", "payload": {"n": 1.00}}
                        {"kind": "b", "prio": 1}

                        {"kind": "c"
                        {"kind": "d", "delay": "1h"}
                        """);
        assertThat(answer.statusCode()).isEqualTo(200);
        var receipt = Served.json(answer);
        assertThat(receipt.get("accepted").asInt()).isEqualTo(2);
        assertThat(receipt.get("duplicates").asInt()).isZero();
        assertThat(receipt.get("rejectedCount").asInt()).isEqualTo(2);
        var rejected = receipt.get("rejected");
        assertThat(rejected.get(0).get("index").asInt()).isEqualTo(1);
        assertThat(rejected.get(0).get("problem").get("detail").asString())
                .contains("unknown member 'prio'; did you mean 'priority'?");
        assertThat(rejected.get(1).get("index").asInt()).isEqualTo(3);
        assertThat(stored()).isEqualTo(2);
    }

    @Test
    void anArrayIsTakenElementByElement() throws Exception {
        var answer =
                served.post(
                        "/api/v1/jobs/bulk",
                        "application/json",
                        " [ {\"kind\": \"a\", \"payload\": \"],[\\\"\"}, 7 , {\"kind\":\"b\"} ] ");
        var receipt = Served.json(answer);
        assertThat(receipt.get("accepted").asInt()).isEqualTo(2);
        assertThat(receipt.get("rejected").get(0).get("index").asInt()).isEqualTo(1);
        assertThat(stored()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | 0 | must be a JSON array, got nothing",
                "{} | 0 | must be a JSON array, got '{'",
                "[ | 0 | must end with ']'",
                "[] | 0 | ``",
                "[]x | 0 | must end after the array, got 'x'",
                "[{\"kind\":\"a\"} | 0 | must end with ']'",
                "[{\"kind\":\"a\"},] | 1 | an element must be an object, got nothing",
                "[{\"kind\":\"a\"},{\"kind\":\"b\"}]] | 1 | must end after the array",
                "[{\"kind\":\"a\"}}] | 0 | ``",
            })
    void aBrokenArrayKeepsWhatCameWholeBeforeItBroke(String body, int accepted, String problem)
            throws Exception {
        var answer = served.post("/api/v1/jobs/bulk", "application/json", body);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Served.json(answer).get("accepted").asInt()).isEqualTo(accepted);
        assertThat(answer.body()).contains(problem);
        assertThat(stored()).isEqualTo(accepted);
    }

    @Test
    void thousandsOfJobsStreamThroughAndOverlongOnesAreNamed() throws Exception {
        var body = new StringBuilder();
        for (int i = 0; i < 5000; i++) {
            body.append("{\"kind\":\"a\",\"payload\":").append(i).append("}\n");
        }
        body.append("{\"kind\":\"a\",\"payload\":\"").append("x".repeat(3 << 20)).append("\"}\n");
        body.append("{\"kind\":\"a\",\"payload\":\"").append("x".repeat(1 << 20)).append("\"}\n");
        var receipt = Served.json(served.post("/api/v1/jobs/bulk", NDJSON, body.toString()));
        assertThat(receipt.get("accepted").asInt()).isEqualTo(5000);
        assertThat(receipt.get("rejected")).hasSize(2);
        assertThat(receipt.get("rejected").get(1).get("problem").get("status").asInt())
                .isEqualTo(413);
    }

    @Test
    void moreBadLinesThanCanBeNamedAreCounted() throws Exception {
        var receipt = Served.json(served.post("/api/v1/jobs/bulk", NDJSON, "x\n".repeat(1500)));
        assertThat(receipt.get("rejected")).hasSize(1000);
        assertThat(receipt.get("rejectedCount").asInt()).isEqualTo(1500);
    }
}
