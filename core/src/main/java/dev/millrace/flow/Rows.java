package dev.millrace.flow;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Reads items from lines of any input, one at a time, and sets those aside that cannot be read:
 * wrong bytes, too long, or refused by the parser. The others go on.
 */
public final class Rows {
    /** The longest line. */
    public static final int MAX_BYTES = 1 << 20;

    private Rows() {}

    /** Makes an item of a line. */
    @FunctionalInterface
    public interface Parser<I> {
        /**
         * Reads a line.
         *
         * @param text without its end
         * @return empty for a line that is none, such as a heading
         * @throws Exception when it cannot be read; its message is the reason that people see
         */
        Optional<I> parse(String text, long line) throws Exception;
    }

    /**
     * The items of an input in UTF-8, lazily; lines end with LF or CRLF, empty ones are passed
     * over. Closing the stream closes the input; a failing input ends it with {@link
     * UncheckedIOException}.
     *
     * @param aside hears of rows that cannot be read, on the reading thread
     */
    public static <I> Stream<I> read(
            InputStream in, Parser<? extends I> parser, Consumer<BadRow> aside) {
        var lines = new Lines<I>(new BufferedInputStream(in, 1 << 16), parser, aside);
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(
                                lines, Spliterator.ORDERED | Spliterator.NONNULL),
                        false)
                .onClose(lines::close);
    }

    private static final class Lines<I> implements Iterator<I> {
        private final InputStream in;
        private final Parser<? extends I> parser;
        private final Consumer<BadRow> aside;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Optional<I> next = Optional.empty();
        private long line;
        private boolean ended;
        private boolean tooLong;

        Lines(InputStream in, Parser<? extends I> parser, Consumer<BadRow> aside) {
            this.in = in;
            this.parser = parser;
            this.aside = aside;
        }

        @Override
        public boolean hasNext() {
            try {
                while (next.isEmpty() && !ended) {
                    readLine();
                }
                return next.isPresent();
            } catch (IOException e) {
                throw new UncheckedIOException("the input could not be read after line " + line, e);
            }
        }

        @Override
        public I next() {
            if (!hasNext()) {
                throw new NoSuchElementException("no row after line " + line);
            }
            I item = next.orElseThrow();
            next = Optional.empty();
            return item;
        }

        void close() {
            try {
                in.close();
            } catch (IOException e) {
                throw new UncheckedIOException("the input could not be closed", e);
            }
        }

        private void readLine() throws IOException {
            bytes.reset();
            tooLong = false;
            int read = in.read();
            if (read < 0) {
                ended = true;
                return;
            }
            line++;
            while (read >= 0 && read != '\n') {
                if (bytes.size() < MAX_BYTES) {
                    bytes.write(read);
                } else {
                    tooLong = true;
                }
                read = in.read();
            }
            ended = read < 0;
            take(bytes.toByteArray());
        }

        private void take(byte[] row) {
            if (tooLong) {
                setAside(row, "a line must have at most %d bytes".formatted(MAX_BYTES));
                return;
            }
            int length =
                    row.length > 0 && row[row.length - 1] == '\r' ? row.length - 1 : row.length;
            if (length == 0) {
                return;
            }
            try {
                String text =
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .decode(ByteBuffer.wrap(row, 0, length))
                                .toString();
                next = parser.parse(text, line).map(item -> item);
            } catch (CharacterCodingException e) {
                setAside(row, "a line must be UTF-8, got other bytes");
            } catch (Exception e) {
                setAside(row, e.getMessage() == null ? e.toString() : e.getMessage());
            }
        }

        private void setAside(byte[] row, String reason) {
            aside.accept(new BadRow(line, row, reason));
        }
    }
}
