package dev.millrace.examples.comparison;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The job that every way does: one mail, said over a bare socket. Stateless. */
final class Dialogue {
    private static final int TIMEOUT_MILLIS = 120_000;

    private Dialogue() {}

    /** Sends a mail to the server on this port of loopback and waits until it was taken. */
    static void send(int port) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            var in = new BufferedInputStream(socket.getInputStream(), 512);
            expect(in, "220");
            for (var step :
                    List.of(
                            "250 HELO comparison.example",
                            "250 MAIL FROM:<a@comparison.example>",
                            "250 RCPT TO:<b@comparison.example>",
                            "354 DATA",
                            "250 Subject: one\r\n\r\nOne mail.\r\n.")) {
                socket.getOutputStream()
                        .write((step.substring(4) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                expect(in, step.substring(0, 3));
            }
            socket.getOutputStream().write("QUIT\r\n".getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void expect(InputStream in, String code) throws IOException {
        var line = new StringBuilder(64);
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.append((char) next);
        }
        if (!line.toString().startsWith(code + " ")) {
            throw new IOException("expected answer %s, got '%s'".formatted(code, line));
        }
    }
}
