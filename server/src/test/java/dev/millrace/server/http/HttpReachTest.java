package dev.millrace.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.Millrace;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.time.Clock;
import java.util.List;

/** Which addresses are called; none of these tests asks a name server. */
@Timeout(60)
class HttpReachTest {
    private static final Task<RawJson> REQUEST = Task.named("http.request", RawJson.class);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "localhost",
                "0.0.0.0",
                "10.1.2.3",
                "172.16.0.1",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "[::1]",
                "[::]",
                "[::ffff:127.0.0.1]",
                "[fe80::1]",
                "[fd00::1]",
                "[64:ff9b::7f00:1]"
            })
    void whatIsNotPublicIsRefusedUnlessAllowed(String host) {
        URI url = URI.create("http://" + host + ":8080/x?secret=1");
        assertThatThrownBy(() -> HttpReach.of(List.of()).check(url))
                .isInstanceOf(Unfit.class)
                .hasMessageContaining("--http-allow")
                .hasMessageNotContaining("secret");
        assertThatCode(() -> HttpReach.of(List.of("0.0.0.0/0", "::/0")).check(url))
                .doesNotThrowAnyException();
        assertThatCode(() -> HttpReach.all().check(url)).doesNotThrowAnyException();
    }

    @Test
    void publicAddressesAreCalledAndThoseNamedByHostOrNetwork() throws Exception {
        var none = HttpReach.of(List.of("none"));
        none.check(URI.create("https://192.0.2.1/"));
        none.check(URI.create("https://[2001:db8::1]/"));
        var some = HttpReach.of(List.of("10.1.0.0/16", "LOCALHOST", "*.svc.example"));
        some.check(URI.create("http://10.1.2.3/"));
        some.check(URI.create("http://localhost:9/"));
        some.check(URI.create("http://mail.svc.example/"));
        assertThatThrownBy(() -> some.check(URI.create("http://10.2.0.1/")))
                .isInstanceOf(Unfit.class);
        assertThatThrownBy(() -> some.check(URI.create("http://127.0.0.1/")))
                .isInstanceOf(Unfit.class);
        for (String bad : List.of("10.0.0.0/99", "a b", "http://x", "")) {
            assertThatThrownBy(() -> HttpReach.of(List.of(bad)))
                    .isInstanceOf(MillraceException.class)
                    .hasMessageContaining("--http-allow");
        }
    }

    @Test
    void aJobThatWouldCallThisMachineIsDiscardedAndNothingIsCalled() throws Exception {
        var store = new MemoryStore();
        try (var server = new ScriptedServer();
                var kind = new HttpRequestKind(Clock.systemUTC(), HttpReach.of(List.of()))) {
            server.on("/a", "200 OK", "", "an inner secret");
            var builder = Millrace.builder().store(store);
            kind.configure(builder);
            try (var millrace = builder.start()) {
                String payload = "{\"method\":\"GET\",\"url\":\"%s\"}".formatted(server.url("/a"));
                long id = millrace.enqueue(REQUEST.with(new RawJson(payload))).id();
                await().until(() -> state(store, id) instanceof JobState.Discarded);
                JobSnapshot job = store.find(id).orElseThrow();
                assertThat(job.attempts().getLast().error().message())
                        .contains("must lead to a public address");
                assertThat(server.requests()).isEmpty();
            }
        }
    }

    private static JobState state(MemoryStore store, long id) {
        return store.find(id).orElseThrow().state();
    }
}
