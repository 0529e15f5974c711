package dev.millrace.web.look;

import dev.millrace.web.http.Grant;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Answers that all who ask the same and may see the same are given: one looks, those who come
 * meanwhile wait for that look, and those who come within a second of its end are given what it
 * found. Whoever changed something through this server since the look began, or has been told of a
 * change, has a look of their own. A look that fails fails for those who waited for it, and is not
 * kept. Bounded in number and bytes; thread-safe.
 */
public final class Shared {
    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final int MOST_KEPT = 1_000;
    private static final long MOST_BYTES = 8 << 20;

    private final Clock clock;
    private final Changes changes;
    private final Map<Question, Look> looks = new LinkedHashMap<>();
    private long bytes;

    private record Question(
            String operation, String path, @Nullable String query, Set<Grant> grants) {
        static Question of(Request request) {
            return new Question(
                    request.route().operation(),
                    request.incoming().path(),
                    request.incoming().query(),
                    Set.copyOf(request.who().grants()));
        }
    }

    /** One look: under way, or over. */
    private static final class Look {
        private final long change;
        private final CompletableFuture<Response> answer = new CompletableFuture<>();
        private Instant over = Instant.MAX;
        private int size;

        Look(long change) {
            this.change = change;
        }

        boolean serves(long asked, Instant now) {
            return change >= asked && (over.equals(Instant.MAX) || over.plus(FRESH).isAfter(now));
        }
    }

    /** Nothing is kept yet. */
    public Shared(Clock clock, Changes changes) {
        this.clock = clock;
        this.changes = changes;
    }

    /** Answers as the handler does, or as it did a moment ago. */
    public Route.Handler over(Route.Handler handler) {
        return request -> answer(request, handler);
    }

    private Response answer(Request request, Route.Handler handler) throws Exception {
        var question = Question.of(request);
        Look look;
        boolean first = false;
        synchronized (looks) {
            look = looks.get(question);
            if (look == null || !look.serves(changes.known(request), clock.instant())) {
                look = new Look(changes.last());
                first = true;
                forget(question);
                looks.put(question, look);
                makeRoom();
            }
        }
        if (first) {
            return look(request, handler, question, look);
        }
        try {
            return look.answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InterruptedException) {
                // whoever looked was stopped, not we
                return handler.answer(request);
            }
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private Response look(Request request, Route.Handler handler, Question question, Look look)
            throws Exception {
        try {
            Response response = handler.answer(request);
            keep(question, look, response);
            look.answer.complete(response);
            return response;
        } catch (Exception | Error e) {
            synchronized (looks) {
                looks.remove(question, look);
            }
            look.answer.completeExceptionally(e);
            throw e;
        }
    }

    private void keep(Question question, Look look, Response response) {
        synchronized (looks) {
            if (looks.get(question) != look) {
                return;
            }
            if (response instanceof Response.Whole whole
                    && whole.status() == 200
                    && whole.body().length <= MOST_BYTES / 4) {
                look.over = clock.instant();
                look.size = whole.body().length;
                bytes += look.size;
                makeRoom();
            } else {
                looks.remove(question);
            }
        }
    }

    private void forget(Question question) {
        Look before = looks.remove(question);
        bytes -= before == null ? 0 : before.size;
    }

    /** Those asked first go first; of one under way nobody else hears any more. */
    private void makeRoom() {
        Instant now = clock.instant();
        var oldest = looks.values().iterator();
        while (oldest.hasNext()) {
            Look look = oldest.next();
            boolean old = !look.serves(0, now);
            if (!old && looks.size() <= MOST_KEPT && bytes <= MOST_BYTES) {
                return;
            }
            bytes -= look.size;
            oldest.remove();
        }
    }
}
