package dev.millrace.flow;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * Collects a body of at most so many bytes, then lets the connection go. Called by one thread at a
 * time.
 */
public final class BoundedBody implements HttpResponse.BodySubscriber<BoundedBody.Kept> {
    private final int most;
    private final CompletableFuture<Kept> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;

    /**
     * What was kept of a body.
     *
     * @param bytes the first of them
     * @param whole whether there were no more
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    public record Kept(byte[] bytes, boolean whole) {}

    /** Keeps the first so many bytes; more of a body is not read. */
    public BoundedBody(int most) {
        this.most = most;
    }

    @Override
    public CompletionStage<Kept> getBody() {
        return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        boolean more = false;
        for (var buffer : buffers) {
            var part = new byte[Math.min(buffer.remaining(), most - bytes.size())];
            buffer.get(part);
            bytes.writeBytes(part);
            more |= buffer.hasRemaining();
        }
        if (subscription == null) {
            throw new IllegalStateException("expected onSubscribe before onNext");
        }
        if (more) {
            whole.complete(new Kept(bytes.toByteArray(), false));
            subscription.cancel();
        } else {
            subscription.request(1);
        }
    }

    @Override
    public void onError(Throwable cause) {
        whole.completeExceptionally(cause);
    }

    @Override
    public void onComplete() {
        whole.complete(new Kept(bytes.toByteArray(), true));
    }
}
