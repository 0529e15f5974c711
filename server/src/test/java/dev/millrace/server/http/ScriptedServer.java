package dev.millrace.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server on loopback whose answers are written byte by byte, so that they can be wrong. */
final class ScriptedServer implements AutoCloseable {
    private final ServerSocket server = new ServerSocket();
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Lets a script wait until the server is closed. */
    final CountDownLatch closed = new CountDownLatch(1);

    ScriptedServer() throws IOException {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        threads.execute(this::accept);
    }

    record Request(String line, String head, String body) {}

    interface Script {
        void answer(Request request, OutputStream out) throws Exception;
    }

    String url(String path) {
        return "http://127.0.0.1:%d%s".formatted(server.getLocalPort(), path);
    }

    ScriptedServer on(String path, Script script) {
        scripts.put(path, script);
        return this;
    }

    /** Answers with a status line, headers and a body of the right length. */
    ScriptedServer on(String path, String status, String headers, String body) {
        return on(path, (request, out) -> out.write(answer(status, headers, body)));
    }

    static byte[] answer(String status, String headers, String body) {
        return ("HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + body.length())
                .concat("\r\nConnection: close\r\n\r\n" + body)
                .getBytes(ISO_8859_1);
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.close();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            var in = new BufferedInputStream(socket.getInputStream());
            String head = head(in);
            int length =
                    head.lines()
                            .filter(line -> line.toLowerCase().startsWith("content-length:"))
                            .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                            .findFirst()
                            .orElse(0);
            String body = new String(in.readNBytes(length), ISO_8859_1);
            var request = new Request(head.lines().findFirst().orElse(""), head, body);
            requests.add(request);
            String path = request.line().split(" ")[1].split("\\?")[0];
            scripts.getOrDefault(path, (r, out) -> out.write(answer("404 Not Found", "", "no")))
                    .answer(request, socket.getOutputStream());
            socket.getOutputStream().flush();
        } catch (Exception e) {
            // a client that hung up, as some are meant to
            open.remove(socket);
        }
    }

    private static String head(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no whole request");
            }
            head.append((char) next);
        }
        return head.toString();
    }
}
