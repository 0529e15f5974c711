package dev.millrace.server.command;

import dev.millrace.job.JobRequest;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.server.output.Bar;
import dev.millrace.server.output.Table;
import dev.millrace.web.job.JobBody;
import dev.millrace.web.text.Ndjson;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The good lines of a bulk file as requests, one at a time; bad ones are named as they come, the
 * first {@value #NAMED} of them, as are those that the store refuses later. Not thread-safe.
 */
final class BulkLines implements Iterator<JobRequest<RawJson>> {
    private static final int NAMED = 20;
    private static final int MAX_PAYLOAD_BYTES = 1 << 20;

    /** More lines than are read before the store has answered for one. */
    private static final int REMEMBERED = 1 << 15;

    private final Ndjson lines;
    private final String source;
    private final Session session;
    private final Bar bar;
    private final Json json = new Json();
    private @Nullable JobRequest<RawJson> next;
    private final long[] numbers = new long[REMEMBERED];
    private long nextNumber;
    private long good;
    private long rejected;

    BulkLines(Ndjson lines, String source, Session session, Bar bar) {
        this.lines = lines;
        this.source = source.equals("-") ? "standard input" : source;
        this.session = session;
        this.bar = bar;
    }

    Stream<JobRequest<RawJson>> stream() {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(
                        this, Spliterator.ORDERED | Spliterator.NONNULL),
                false);
    }

    long rejected() {
        return rejected;
    }

    /** A good line that the store refused all the same. */
    void refused(long index, MillraceException why) {
        reject(numbers[(int) (index % REMEMBERED)], String.valueOf(why.getMessage()));
    }

    /** Says how many bad lines were not named. */
    void sayUnnamed() {
        if (rejected > NAMED) {
            session.console().say("and %d more lines were rejected".formatted(rejected - NAMED));
        }
    }

    @Override
    public boolean hasNext() {
        while (next == null) {
            Ndjson.Line line = read();
            if (line == null) {
                return false;
            }
            next = request(line);
            nextNumber = line.number();
        }
        return true;
    }

    @Override
    public JobRequest<RawJson> next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("no line is left");
        }
        var answer = next;
        next = null;
        numbers[(int) (good % REMEMBERED)] = nextNumber;
        good++;
        bar.show("%d lines read, %d rejected".formatted(good + rejected, rejected));
        return answer;
    }

    private Ndjson.@Nullable Line read() {
        try {
            return lines.next();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "%s could not be read further; %d lines were good".formatted(source, good), e);
        }
    }

    private @Nullable JobRequest<RawJson> request(Ndjson.Line line) {
        if (line.text() == null) {
            reject(line.number(), String.valueOf(line.problem()));
            return null;
        }
        try {
            var request = JobBody.read("a line", line.text());
            json.write("payload", request.payload(), MAX_PAYLOAD_BYTES);
            return request;
        } catch (MillraceException e) {
            reject(line.number(), String.valueOf(e.getMessage()));
            return null;
        }
    }

    private void reject(long number, String problem) {
        rejected++;
        if (rejected <= NAMED) {
            bar.clear();
            session.console().say("%s line %d: %s".formatted(source, number, Table.plain(problem)));
        }
    }
}
