package dev.millrace.web;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.store.JobStore;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** A web tier on a free port over a store, with a client. */
final class Served implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.builder().build();

    final Millrace millrace;
    final Web web;
    final HttpClient client = HttpClient.newHttpClient();
    private @Nullable Contract contract;

    /** Sent with every request; empty for none. */
    String token = "";

    /** How often a request is sent to a door that cuts whoever is silent for a moment. */
    int tries = 1;

    Served(JobStore store) {
        this(store, UnaryOperator.identity(), UnaryOperator.identity());
    }

    Served(
            JobStore store,
            UnaryOperator<MillraceBuilder> with,
            UnaryOperator<WebSettings> settings) {
        this(store, with, settings, Clock.systemUTC());
    }

    /** With another clock for what is looked at. */
    Served(
            JobStore store,
            UnaryOperator<MillraceBuilder> with,
            UnaryOperator<WebSettings> settings,
            Clock clock) {
        this.millrace =
                with.apply(Millrace.builder().store(store).storePatience(Duration.ofMillis(50)))
                        .start();
        this.web =
                Web.start(
                        millrace, settings.apply(WebSettings.standard().at("127.0.0.1", 0)), clock);
    }

    /** What the API says of itself; every answer to {@link #send} is held against it. */
    Contract contract() throws IOException, InterruptedException {
        synchronized (client) {
            if (contract == null) {
                HttpRequest ask = to("/api/v1/openapi.json").build();
                contract =
                        new Contract(
                                web.routes(), client.send(ask, BodyHandlers.ofString()).body());
            }
            return contract;
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + web.port() + path);
    }

    HttpRequest.Builder to(String path) {
        var request = HttpRequest.newBuilder(uri(path));
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        HttpRequest built = request.build();
        for (int left = tries - 1; ; left--) {
            try {
                var answer = client.send(built, BodyHandlers.ofString());
                contract().check(built, answer);
                if (answer.statusCode() != 408 || left == 0) {
                    return answer;
                }
            } catch (IOException e) {
                if (left == 0) {
                    throw e;
                }
            }
        }
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(to(path));
    }

    HttpResponse<String> post(String path, String type, String body)
            throws IOException, InterruptedException {
        return send(to(path).header("Content-Type", type).POST(BodyPublishers.ofString(body)));
    }

    HttpResponse<String> enqueue(String body) throws IOException, InterruptedException {
        return post("/api/v1/jobs", "application/json", body);
    }

    static JsonNode json(HttpResponse<String> answer) {
        return JSON.readTree(answer.body());
    }

    /** What comes back on one connection until its end, for pieces that are sent one by one. */
    String raw(String... pieces) throws IOException {
        try (var socket = new Socket("127.0.0.1", web.port())) {
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
            for (String piece : pieces) {
                socket.getOutputStream().write(piece.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
            }
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        web.close();
        millrace.close();
    }
}
