package dev.millrace.web.http;

import dev.millrace.web.text.JsonLine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a handler answers. Immutable. */
public sealed interface Response {
    /** The HTTP status. */
    int status();

    /** Header fields, each name once. */
    Map<String, String> headers();

    /** The same with another header field, in place of one of that name. */
    Response with(String name, String value);

    /**
     * An answer that is ready.
     *
     * @param status the HTTP status
     * @param headers header fields, each name once
     * @param body not to be changed any more
     */
    @SuppressWarnings("ArrayRecordComponent") // carries bytes to the socket, is never compared
    record Whole(int status, Map<String, String> headers, byte[] body) implements Response {
        @Override
        public Response with(String name, String value) {
            return new Whole(status, plus(headers, name, value), body);
        }
    }

    /**
     * An answer that is written while it is sent.
     *
     * @param status the HTTP status
     * @param headers header fields, each name once
     * @param writing writes it, on the request's thread, until it returns or the client is gone
     */
    record Streamed(int status, Map<String, String> headers, Writing writing) implements Response {
        @Override
        public Response with(String name, String value) {
            return new Streamed(status, plus(headers, name, value), writing);
        }
    }

    /** Writes the body of an answer. */
    @FunctionalInterface
    interface Writing {
        /**
         * Writes.
         *
         * @throws IOException when the client is gone
         */
        void to(OutputStream out) throws IOException, InterruptedException;
    }

    /** A JSON document. */
    static Response json(int status, JsonLine json) {
        return text(status, "application/json", json.toString());
    }

    /** Text in UTF-8. */
    static Response text(int status, String contentType, String text) {
        return new Whole(
                status, Map.of("Content-Type", contentType), text.getBytes(StandardCharsets.UTF_8));
    }

    /** Nothing but a status. */
    static Response empty(int status) {
        return new Whole(status, Map.of(), new byte[0]);
    }

    private static Map<String, String> plus(Map<String, String> from, String name, String value) {
        var more = new LinkedHashMap<>(from);
        more.put(name, value);
        return more;
    }
}
