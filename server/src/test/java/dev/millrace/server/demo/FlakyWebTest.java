package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.server.demo.Weather.Mishap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

@Timeout(60)
class FlakyWebTest {
    private static final Map<String, String> DIRECTORY = Map.of("apt:7", "https://a.org/apt");
    private static final long SEED = 7;
    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");

    @Test
    void theWeatherDependsOnNothingButItsArguments() {
        for (int attempt = 1; attempt < 9; attempt++) {
            assertThat(Weather.of(SEED, "/site/http/a/", attempt))
                    .isEqualTo(Weather.of(SEED, "/site/http/a/", attempt));
        }
        assertThat(IntStream.range(0, 2_000).mapToObj(i -> Weather.of(SEED, "/" + i, 1)))
                .allSatisfy(weather ->
                        assertThat(weather.latency())
                                .isBetween(Duration.ofMillis(40), Duration.ofMillis(400)))
                .extracting(Weather::mishap)
                .contains(Mishap.values())
                .filteredOn(mishap -> mishap == Mishap.NONE)
                .hasSizeBetween(1_300, 1_600);
        assertThat(IntStream.range(0, 2_000).mapToObj(i -> Weather.of(SEED, "/" + i, 6)))
                .allMatch(weather -> weather.mishap() == Mishap.NONE);
    }

    @Test
    void mostPagesComeAfterAFewAttemptsAndTheRestNever() throws Exception {
        try (var web = FlakyWeb.start(SEED, 0, DIRECTORY);
                var fetcher = new PageFetcher(Duration.ofSeconds(2));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var looks = new ArrayList<Future<Fetch>>();
            for (int i = 0; i < 300; i++) {
                var home = URI.create("http://host" + i + ".example/page?q=1");
                looks.add(threads.submit(() -> patiently(fetcher, web.addressOf(home))));
            }
            int good = 0;
            for (var look : looks) {
                good += look.get() instanceof Fetch.Got got && got.page().status() == 200 ? 1 : 0;
            }
            assertThat(good).isBetween(270, 299);
            assertThat(web.mishaps().get(Mishap.CUT)).isPositive();
        }
    }

    @Test
    void theDirectoryNamesTheHomePagesThatItKnows() throws Exception {
        try (var web = FlakyWeb.start(SEED, 0, DIRECTORY);
                var fetcher = new PageFetcher(Duration.ofSeconds(2))) {
            assertThat(patiently(fetcher, web.entryOf("apt:7")))
                    .isInstanceOfSatisfying(
                            Fetch.Got.class,
                            got -> {
                                assertThat(got.page().status()).isEqualTo(200);
                                assertThat(got.page().body().latin1(99))
                                        .isEqualTo("https://a.org/apt");
                            });
            assertThat(patiently(fetcher, web.entryOf("dpkg:8")))
                    .isInstanceOfSatisfying(
                            Fetch.Got.class, got -> assertThat(got.page().status()).isEqualTo(404));
        }
    }

    @Test
    void theSamePageIsServedAgain() throws Exception {
        var home = URI.create("https://" + hostOf(Site.Kind.HERE) + "/");
        var grades = new ArrayList<Grade>();
        for (int round = 0; round < 2; round++) {
            try (var web = FlakyWeb.start(SEED, 0, DIRECTORY);
                    var fetcher = new PageFetcher(Duration.ofSeconds(2))) {
                var page = ((Fetch.Got) patiently(fetcher, web.addressOf(home))).page();
                var original = page.at(FlakyWeb.originalOf(page.address()));
                assertThat(original.address()).isEqualTo(home);
                grades.add(Grader.grade(home, original, NOW));
            }
        }
        assertThat(grades.get(0)).isEqualTo(grades.get(1));
    }

    @Test
    void sitesThatAreGoneDownOrMovedStaySo() throws Exception {
        try (var web = FlakyWeb.start(SEED, 0, DIRECTORY);
                var fetcher = new PageFetcher(Duration.ofSeconds(2))) {
            assertThat(patiently(fetcher, at(web, hostOf(Site.Kind.GONE))))
                    .isInstanceOfSatisfying(
                            Fetch.Got.class, got -> assertThat(got.page().status()).isEqualTo(404));
            assertThat(patiently(fetcher, at(web, hostOf(Site.Kind.DOWN))))
                    .isInstanceOf(Fetch.Again.class);
            var moved = at(web, hostOf(Site.Kind.MOVED));
            assertThat(patiently(fetcher, moved))
                    .satisfiesAnyOf(
                            fetch -> assertThat(fetch).isInstanceOf(Fetch.Never.class),
                            fetch ->
                                    assertThat(((Fetch.Got) fetch).page().address())
                                            .isNotEqualTo(moved));
        }
    }

    @Test
    void retryAfterComesThrough() throws Exception {
        try (var web = FlakyWeb.start(SEED, 0, DIRECTORY);
                var fetcher = new PageFetcher(Duration.ofMinutes(1))) {
            var fetch = fetcher.fetch(withFirst(web, Mishap.TOO_MANY));
            assertThat(((Fetch.Again) fetch).after()).contains(Duration.ofSeconds(2));
        }
    }

    @Test
    void aStalledBodyEndsAtTheDeadline() throws Exception {
        try (var web = FlakyWeb.start(SEED, 0, DIRECTORY);
                var fetcher = new PageFetcher(Duration.ofMillis(300))) {
            var fetch = fetcher.fetch(withFirst(web, Mishap.STALL));
            assertThat(((Fetch.Again) fetch).reason())
                    .isEqualTo("expected a whole answer within 300 ms, got none");
        }
    }

    @Test
    void aCutConnectionIsWorthAnotherTry() throws Exception {
        try (var web = FlakyWeb.start(SEED, 0, DIRECTORY);
                var fetcher = new PageFetcher(Duration.ofSeconds(2))) {
            assertThat(fetcher.fetch(withFirst(web, Mishap.CUT_BODY)))
                    .isInstanceOf(Fetch.Again.class);
        }
        try (var fetcher = new PageFetcher(Duration.ofSeconds(2))) {
            var closed = FlakyWeb.start(SEED, 0, DIRECTORY);
            closed.close();
            closed.close();
            assertThat(fetcher.fetch(at(closed, "a.example"))).isInstanceOf(Fetch.Again.class);
        }
    }

    @Test
    void aLargeBodyIsReadUpToTheBound() throws Exception {
        try (var web = FlakyWeb.start(SEED, 0, DIRECTORY);
                var fetcher = new PageFetcher(Duration.ofSeconds(2))) {
            var host =
                    hosts().filter(name -> Site.of(SEED, target(name)).kind() == Site.Kind.HERE)
                            .filter(name ->
                                    StandInPage.of(SEED, Site.original(target(name)))
                                                    .body()
                                                    .length()
                                            > PageFetcher.MAX_BODY_BYTES)
                            .findFirst()
                            .orElseThrow();
            var page = ((Fetch.Got) patiently(fetcher, at(web, host))).page();
            assertThat(page.truncated()).isTrue();
            assertThat(page.body().length()).isEqualTo(PageFetcher.MAX_BODY_BYTES);
        }
    }

    @Test
    void anInterruptionEndsALookUp() throws Exception {
        try (var web = FlakyWeb.start(SEED, 0, DIRECTORY);
                var fetcher = new PageFetcher(Duration.ofMinutes(5))) {
            var stalled = withFirst(web, Mishap.STALL);
            var started = new CountDownLatch(1);
            var caught = new ArrayList<Throwable>();
            var thread =
                    Thread.ofVirtual()
                            .start(() -> {
                                started.countDown();
                                try {
                                    fetcher.fetch(stalled);
                                } catch (InterruptedException e) {
                                    caught.add(e);
                                }
                            });
            started.await();
            thread.interrupt();
            thread.join();
            assertThat(caught).hasSize(1);
        }
    }

    @Test
    void somethingElseThanHttpIsHungUpOn() throws Exception {
        try (var web = FlakyWeb.start(SEED, 0, DIRECTORY)) {
            var address = at(web, "a.example");
            for (var request :
                    List.of("\0\1\2\r\n\r\n", "POST / HTTP/1.1\r\n\r\n", "GET\r\n\r\n")) {
                try (var socket = new java.net.Socket(address.getHost(), address.getPort())) {
                    socket.getOutputStream()
                            .write(request.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                    assertThat(socket.getInputStream().read()).isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void nothingIsServedAfterClose() throws Exception {
        var web = FlakyWeb.start(SEED, 0, DIRECTORY);
        var address = at(web, "a.example");
        web.close();
        assertThatThrownBy(() -> new java.net.Socket(address.getHost(), address.getPort()))
                .isInstanceOf(IOException.class);
    }

    private static Fetch patiently(PageFetcher fetcher, URI address) throws InterruptedException {
        Fetch fetch = fetcher.fetch(address);
        for (int attempt = 1; attempt < 14 && fetch instanceof Fetch.Again; attempt++) {
            fetch = fetcher.fetch(address);
        }
        return fetch;
    }

    private static java.util.stream.Stream<String> hosts() {
        return IntStream.range(0, 5_000).mapToObj(i -> "host" + i + ".example");
    }

    private static String target(String host) {
        return "/site/https/" + host + "/";
    }

    private static String hostOf(Site.Kind kind) {
        return hosts().filter(host -> Site.of(SEED, target(host)).kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    private static URI withFirst(FlakyWeb web, Mishap mishap) {
        return hosts().filter(host -> Site.of(SEED, target(host)).kind() == Site.Kind.HERE)
                .filter(host -> Weather.of(SEED, target(host), 1).mishap() == mishap)
                .map(host -> at(web, host))
                .findFirst()
                .orElseThrow();
    }

    private static URI at(FlakyWeb web, String host) {
        return web.addressOf(URI.create("https://" + host + "/"));
    }
}
