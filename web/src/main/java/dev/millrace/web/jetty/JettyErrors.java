package dev.millrace.web.jetty;

import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Response;

import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/** What Jetty itself refuses, before any handler sees it, said as a problem. */
final class JettyErrors extends ErrorHandler {
    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(
            Request request,
            org.eclipse.jetty.server.Response response,
            int status,
            String message,
            @Nullable Throwable cause,
            Callback callback) {
        Response.Whole whole = (Response.Whole) problem(status, message).response();
        response.setStatus(whole.status());
        whole.headers().forEach(response.getHeaders()::put);
        response.write(true, ByteBuffer.wrap(whole.body()), callback);
    }

    static Problem problem(int status, @Nullable String reason) {
        String why = reason == null ? "" : ": " + reason;
        return switch (status) {
            case 408 -> Problem.of(408, "too-slow", "the request came too slowly" + why);
            case 413 -> Problem.of(413, "too-large", "the request is too large" + why);
            case 414 -> Problem.of(414, "uri-too-long", "the path and query are too long" + why);
            case 431 -> Problem.of(431, "headers-too-large", "the headers are too large" + why);
            case 505 -> Problem.of(505, "http-version", "HTTP/1.1 or 1.0 was expected" + why);
            case 500 ->
                    Problem.of(500, "internal", "something failed that should not; see the log");
            default ->
                    Problem.of(status, "malformed-request", "the request is no proper HTTP" + why);
        };
    }
}
