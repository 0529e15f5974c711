package dev.millrace.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class MountTest {
    /** A request as it came over the wire. */
    private record Sent(String path, String address, Map<String, List<String>> sent)
            implements Incoming {
        @Override
        public List<String> headers(String name) {
            return sent.getOrDefault(name, List.of());
        }

        @Override
        public String method() {
            return "GET";
        }

        @Override
        public @Nullable String query() {
            return null;
        }

        @Override
        public Optional<String> header(String name) {
            return headers(name).stream().findFirst();
        }

        @Override
        public boolean isSecure() {
            return false;
        }

        @Override
        public long length() {
            return 0;
        }

        @Override
        public InputStream body() {
            return InputStream.nullInputStream();
        }
    }

    private static Incoming entered(String nearest, String header, String... lines) {
        return new Mount("", List.of(Network.parse("10.0.0.0/8"), Network.parse("::1")))
                .enter(new Sent("/", nearest, Map.of(header, List.of(lines))))
                .orElseThrow();
    }

    private static String address(String nearest, String... forwarded) {
        return entered(nearest, "X-Forwarded-For", forwarded).address();
    }

    @Test
    void whatAClientSaidItselfPushesOutNothingThatProxiesAdded() {
        String many = "6.6.6.6, ".repeat(50);
        assertThat(address("10.1.2.3", many + "7.7.7.7")).isEqualTo("7.7.7.7");
        assertThat(address("10.1.2.3", many + "7.7.7.7, 10.9.9.9")).isEqualTo("7.7.7.7");
        assertThat(address("10.1.2.3", "6.6.6.6", "7.7.7.7")).isEqualTo("7.7.7.7");
        assertThat(address("10.1.2.3", "6.6.6.6, 7.7.7.7", "10.9.9.9")).isEqualTo("7.7.7.7");
        assertThat(address("10.1.2.3", "6.6.6.6,")).isEqualTo("10.1.2.3");
    }

    @Test
    void proxiesAreAskedForHostAndSchemeFromTheNearestOn() {
        assertThat(
                        entered("10.1.2.3", "X-Forwarded-Host", "evil.example, our.example")
                                .header("Host"))
                .hasValue("our.example");
        assertThat(
                        entered("10.1.2.3", "X-Forwarded-Host", "evil.example", "our.example")
                                .header("Host"))
                .hasValue("our.example");
        assertThat(entered("10.1.2.3", "X-Forwarded-Proto", "https, http").isSecure()).isFalse();
        assertThat(entered("10.1.2.3", "X-Forwarded-Proto", "http", "HTTPS").isSecure()).isTrue();
    }

    @Test
    void theNearestThatIsNoTrustedProxyIsWhoAsks() {
        assertThat(address("10.1.2.3", "6.6.6.6, 7.7.7.7, 10.9.9.9")).isEqualTo("7.7.7.7");
        assertThat(address("::1", "6.6.6.6")).isEqualTo("6.6.6.6");
        assertThat(address("11.0.0.1", "6.6.6.6")).isEqualTo("11.0.0.1");
        assertThat(address("10.1.2.3", "")).isEqualTo("10.1.2.3");
        assertThat(address("10.1.2.3", "6.6.6.6, evil.example")).isEqualTo("10.1.2.3");
        assertThat(address("10.1.2.3", "10.4.4.4")).isEqualTo("10.4.4.4");
    }

    @Test
    void pathsBelowItsOwnAreItsAndOthersAreNot() {
        var mount = new Mount("/jobs", List.of());
        assertThat(mount.enter(new Sent("/jobs/api", "1.1.1.1", Map.of())).orElseThrow().path())
                .isEqualTo("/api");
        assertThat(mount.enter(new Sent("/jobsapi", "1.1.1.1", Map.of()))).isEmpty();
        assertThat(mount.enter(new Sent("/", "1.1.1.1", Map.of()))).isEmpty();
        assertThat(mount.outside("/api")).isEqualTo("/jobs/api");
        for (String odd : List.of("jobs", "/jobs/", "/../x", "/a b", "//")) {
            assertThatThrownBy(() -> new Mount(odd, List.of()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aNetworkIsWrittenInNumbers() {
        assertThat(Network.parse("10.0.0.0/9").contains("10.127.1.1")).isTrue();
        assertThat(Network.parse("10.0.0.0/9").contains("10.128.1.1")).isFalse();
        assertThat(Network.parse("::1").contains("127.0.0.1")).isFalse();
        for (String odd : List.of("localhost", "10.0.0.0/33", "10.0.0", "10.0.0.0/-1", "")) {
            assertThatThrownBy(() -> Network.parse(odd))
                    .as(odd)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
