package dev.millrace.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The network between one worker and its store: every byte passes through here, until it is cut or
 * hangs. Thread-safe.
 */
final class Wire implements AutoCloseable {
    private final ServerSocket door;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Object hang = new Object();
    private boolean hanging;
    private volatile boolean cut;

    /** A wire to a port of this machine. */
    Wire(int target) throws IOException {
        this.target = target;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("wire").start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    /** Breaks every connection and refuses new ones for so long. */
    void cut(long millis) throws InterruptedException {
        cut = true;
        sockets.forEach(Wire::shut);
        try {
            Pause.millis(millis);
        } finally {
            cut = false;
        }
    }

    /** Lets nothing pass for so long, and breaks nothing. */
    void hang(long millis) throws InterruptedException {
        synchronized (hang) {
            hanging = true;
        }
        try {
            Pause.millis(millis);
        } finally {
            synchronized (hang) {
                hanging = false;
                hang.notifyAll();
            }
        }
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket near = door.accept();
                if (cut) {
                    shut(near);
                } else {
                    join(near);
                }
            } catch (IOException e) {
                if (!door.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void join(Socket near) {
        sockets.add(near);
        try {
            var far = new Socket(InetAddress.getLoopbackAddress(), target);
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            sockets.add(far);
            if (cut) {
                sockets.forEach(Wire::shut);
            }
            Thread.ofVirtual().start(() -> carry(near, far));
            Thread.ofVirtual().start(() -> carry(far, near));
        } catch (IOException e) {
            // the store is not there: its caller sees a broken connection
            shut(near);
            sockets.remove(near);
        }
    }

    private void carry(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[16 << 10];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitPassage();
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // the other end is told by the broken connection
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            shut(from);
            shut(to);
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private void awaitPassage() throws InterruptedException {
        synchronized (hang) {
            while (hanging) {
                hang.wait();
            }
        }
    }

    private static void shut(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sockets.forEach(Wire::shut);
    }
}
