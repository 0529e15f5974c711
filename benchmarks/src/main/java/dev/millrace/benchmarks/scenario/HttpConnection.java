package dev.millrace.benchmarks.scenario;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Locale;

/** A keep-alive connection that costs the load little. Used by one thread. */
final class HttpConnection implements AutoCloseable {
    private static final String LENGTH = "\r\ncontent-length: ";

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[64 << 10];

    HttpConnection(int port) throws IOException {
        this.socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /** Sends a request as it is; answers what came back, head and body. */
    String call(String request, int expectedStatus) throws IOException {
        out.write(request.getBytes(ISO_8859_1));
        int length = 0;
        int whole = Integer.MAX_VALUE;
        String answer = "";
        while (length < whole) {
            int read = in.read(buffer, length, buffer.length - length);
            if (read < 0) {
                throw new EOFException("the server closed after " + answer);
            }
            length += read;
            if (whole == Integer.MAX_VALUE) {
                answer = new String(buffer, 0, length, ISO_8859_1);
                int end = answer.indexOf("\r\n\r\n");
                whole = end < 0 ? whole : end + 4 + bodyLength(answer.substring(0, end));
            }
        }
        answer = new String(buffer, 0, length, ISO_8859_1);
        if (!answer.startsWith("HTTP/1.1 " + expectedStatus)) {
            throw new IOException("expected status " + expectedStatus + ", got " + answer);
        }
        return answer;
    }

    private static int bodyLength(String head) {
        String lower = head.toLowerCase(Locale.ROOT);
        int at = lower.indexOf(LENGTH);
        if (at < 0) {
            throw new IllegalStateException("expected a Content-Length, got " + head);
        }
        int end = lower.indexOf('\r', at + LENGTH.length());
        String digits = lower.substring(at + LENGTH.length(), end < 0 ? lower.length() : end);
        return Integer.parseInt(digits.strip());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
