package dev.millrace.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Answers that slow clients do not take in. */
@Timeout(60)
class AnswersTest {
    private static final byte[] LARGE = new byte[4 << 20];

    private record Get(String path) implements Incoming {
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
            return name.equals("Host") ? Optional.of("localhost") : Optional.empty();
        }

        @Override
        public String address() {
            return "127.0.0.1";
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

    private static Route route(String path, Route.Handler handler) {
        return Route.of(Need.nothing(), Method.GET, path, path.substring(1), "Answer.", handler);
    }

    private static Dispatcher dispatcher() {
        return new Dispatcher(
                new Router(
                        List.of(
                                route(
                                        "/large",
                                        request -> new Response.Whole(200, Map.of(), LARGE)),
                                route(
                                        "/small",
                                        request ->
                                                new Response.Whole(200, Map.of(), new byte[9])))),
                path -> Optional.empty(),
                new Dispatcher.Entry(
                        Mount.root(),
                        new Guard(Set.of(), false, Cors.none()),
                        Doorkeeper.open(),
                        Witness.none()),
                new Meters(),
                4,
                4);
    }

    @Test
    void unsentAnswersTakeABoundedPartOfMemoryAndNoPlaceOfOthers() throws Exception {
        Dispatcher dispatcher = dispatcher();
        List<Dispatcher.Answered> unsent = new ArrayList<>();
        int status = 200;
        while (status == 200) {
            assertThat(unsent).as("more than a heap's share").hasSizeLessThan(100);
            Dispatcher.Answered answered = dispatcher.answer(new Get("/large"));
            status = answered.response().status();
            unsent.add(answered);
        }
        assertThat(status).isEqualTo(503);
        assertThat(unsent).hasSizeGreaterThan(2);
        Dispatcher.Answered small = dispatcher.answer(new Get("/small"));
        assertThat(small.response().status()).isEqualTo(200);
        small.close();
        unsent.forEach(Dispatcher.Answered::close);
        assertThat(dispatcher.inside()).isZero();
        Dispatcher.Answered again = dispatcher.answer(new Get("/large"));
        assertThat(again.response().status()).isEqualTo(200);
        again.close();
    }
}
