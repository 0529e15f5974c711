package dev.millrace.examples.smtp;

import org.subethamail.smtp.MessageHandler;
import org.subethamail.smtp.RejectException;
import org.subethamail.smtp.server.SMTPServer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A mail server on loopback. It speaks SMTP (SubEtha), answers as slowly as it is told, and has the
 * manners of real servers: an address that begins with {@code greylisted} is refused with 451 the
 * first time and taken the next, one that begins with {@code nobody} is refused with 550 for good.
 *
 * <p>Bounds: 20,000 connections, 256 KiB of a mail, {@value #MAX_LETTERS} letters kept.
 * Thread-safe.
 */
public final class Postbox implements AutoCloseable {
    /** More letters are counted but not kept. */
    public static final int MAX_LETTERS = 200_000;

    private static final int MAX_CONNECTIONS = 20_000;
    private static final int MAX_BYTES = 256 * 1024;

    private final Delay delay;
    private final SMTPServer server;
    private final List<Letter> letters = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();
    private final Set<String> greylisted = ConcurrentHashMap.newKeySet();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger mostWaiting = new AtomicInteger();

    /** What passes between a whole mail's arrival and the server's answer to it. */
    @FunctionalInterface
    public interface Delay {
        /** Waits. */
        void await(Letter letter) throws InterruptedException;
    }

    private Postbox(int port, Delay delay) {
        this.delay = delay;
        this.server =
                SMTPServer.port(port)
                        .bindAddress(InetAddress.getLoopbackAddress())
                        .backlog(4_096)
                        .maxConnections(MAX_CONNECTIONS)
                        // it would look every client's name up
                        .insertReceivedHeaders(false)
                        .connectionTimeoutMs(120_000)
                        .executorService(Executors.newVirtualThreadPerTaskExecutor())
                        .messageHandlerFactory(context -> new Reception())
                        .build();
    }

    /** Starts a server on a free port. */
    public static Postbox start(Delay delay) {
        return start(0, delay);
    }

    /** Starts a server on a port. */
    public static Postbox start(int port, Delay delay) {
        var postbox = new Postbox(port, delay);
        postbox.server.start();
        return postbox;
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPortAllocated());
    }

    /** The letters kept, in order of arrival. */
    public List<Letter> letters() {
        synchronized (letters) {
            return List.copyOf(letters);
        }
    }

    /** Letters taken. */
    public long received() {
        return received.get();
    }

    /** Different Message-IDs among the letters kept. */
    public int distinct() {
        synchronized (letters) {
            return ids.size();
        }
    }

    /** Recipients refused, for now or for good. */
    public long refused() {
        return refused.get();
    }

    /** Mails whose senders wait for the answer now. */
    public int waiting() {
        return waiting.get();
    }

    /** The most that ever waited at once. */
    public int mostWaiting() {
        return mostWaiting.get();
    }

    @Override
    public void close() {
        server.stop();
    }

    private void take(Letter letter) {
        received.incrementAndGet();
        synchronized (letters) {
            if (letters.size() < MAX_LETTERS) {
                letters.add(letter);
                ids.add(letter.messageId());
            }
        }
    }

    /** One mail on its way in. */
    private final class Reception implements MessageHandler {
        private String to = "";

        @Override
        public void from(String address) {}

        @Override
        public void recipient(String address) throws RejectException {
            to = address;
            if (address.startsWith("nobody")) {
                refused.incrementAndGet();
                throw new RejectException(550, "5.1.1 no such mailbox here");
            }
            if (address.startsWith("greylisted") && greylisted.add(address)) {
                refused.incrementAndGet();
                throw new RejectException(451, "4.7.1 greylisted, try again later");
            }
        }

        @Override
        public String data(InputStream data) throws IOException, RejectException {
            Letter letter = read(data);
            take(letter);
            mostWaiting.accumulateAndGet(waiting.incrementAndGet(), Math::max);
            try {
                delay.await(letter);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RejectException(421, "4.3.2 shutting down");
            } finally {
                waiting.decrementAndGet();
            }
            return "taken";
        }

        @Override
        public void done() {}

        private Letter read(InputStream data) throws IOException, RejectException {
            var mail = new ByteArrayOutputStream(512);
            var part = new byte[512];
            for (int read = data.read(part); read >= 0; read = data.read(part)) {
                mail.write(part, 0, read);
                if (mail.size() > MAX_BYTES) {
                    throw new RejectException(552, "5.3.4 more than 256 KiB");
                }
            }
            String text = mail.toString(StandardCharsets.UTF_8);
            return new Letter(to, header(text, "message-id:"), header(text, "subject:"));
        }

        private static String header(String mail, String name) {
            return mail.lines()
                    .takeWhile(line -> !line.isEmpty())
                    .filter(line -> line.regionMatches(true, 0, name, 0, name.length()))
                    .map(line -> line.substring(name.length()).strip())
                    .findFirst()
                    .orElse("");
        }
    }
}
