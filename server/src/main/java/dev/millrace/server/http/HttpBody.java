package dev.millrace.server.http;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * Collects the first {@value #MAX_BYTES} bytes of a body, then lets the connection go. Called by
 * one thread at a time.
 */
final class HttpBody implements HttpResponse.BodySubscriber<HttpBody.Kept> {
    /** More of a body is not read. */
    static final int MAX_BYTES = 64 * 1024;

    private final CompletableFuture<Kept> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;

    /**
     * What was kept of a body.
     *
     * @param bytes a copy of the bytes, read only
     * @param truncated whether there was more
     */
    record Kept(ByteBuffer bytes, boolean truncated) {}

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
        boolean truncated = false;
        for (var buffer : buffers) {
            var part = new byte[Math.min(buffer.remaining(), MAX_BYTES - bytes.size())];
            buffer.get(part);
            bytes.writeBytes(part);
            truncated |= buffer.hasRemaining();
        }
        if (subscription == null) {
            throw new IllegalStateException("expected onSubscribe before onNext");
        }
        if (truncated) {
            finish(true);
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
        finish(false);
    }

    private void finish(boolean truncated) {
        var copy = ByteBuffer.wrap(bytes.toByteArray()).asReadOnlyBuffer();
        whole.complete(new Kept(copy, truncated));
    }
}
