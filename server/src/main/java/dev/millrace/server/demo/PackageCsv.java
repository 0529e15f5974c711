package dev.millrace.server.demo;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads a package list ({@code package,section,homepage}, RFC 4180 quotes, UTF-8) row by row.
 *
 * <p>A bad row is a value, never an exception, and costs no other row: a quote that is never closed
 * spoils only the line on which it was opened, since the lines after it are read afresh. A byte
 * order mark, a heading and CR LF are understood. Memory is bounded by {@link #MAX_ROW_BYTES},
 * whatever the file holds. For one thread.
 */
final class PackageCsv implements AutoCloseable {

    /** A longer row is set aside. */
    static final int MAX_ROW_BYTES = 8192;

    private static final int COLUMNS = 3;
    private static final String HEADING = "package,section,homepage";

    private final InputStream in;
    private final byte[] window = new byte[4 * MAX_ROW_BYTES];
    private int start;
    private int limit;
    private boolean ended;
    private long line = 1;
    private boolean begun;

    /** Reads from a stream, which {@link #close} closes. */
    PackageCsv(InputStream in) {
        this.in = in;
    }

    /**
     * The next row; empty at the end of the file, and then for ever.
     *
     * @throws IOException where the stream itself fails
     */
    Optional<Row> next() throws IOException {
        fill();
        if (!begun) {
            begun = true;
            skipBom();
            skipHeading();
            fill();
        }
        return start == limit ? Optional.empty() : Optional.of(read());
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void skipBom() {
        if (limit - start >= 3
                && window[start] == (byte) 0xef
                && window[start + 1] == (byte) 0xbb
                && window[start + 2] == (byte) 0xbf) {
            start += 3;
        }
    }

    private void skipHeading() {
        int end = lineEnd(start);
        var text = new String(window, start, end - start, StandardCharsets.ISO_8859_1);
        if (text.strip().equalsIgnoreCase(HEADING)) {
            advance(Math.min(end + 1, limit));
        }
    }

    /**
     * Makes sure that a whole row of the longest allowed kind, or the rest of the file, is here.
     */
    private void fill() throws IOException {
        if (ended || limit - start > MAX_ROW_BYTES + 2) {
            return;
        }
        System.arraycopy(window, start, window, 0, limit - start);
        limit -= start;
        start = 0;
        while (limit < window.length) {
            int count = in.read(window, limit, window.length - limit);
            if (count < 0) {
                ended = true;
                return;
            }
            limit += count;
        }
    }

    private Row read() throws IOException {
        long at = line;
        var scan = new Scan(window, start, Math.min(limit, start + MAX_ROW_BYTES + 2));
        int end = scan.run();
        boolean whole = end < limit || (end == limit && ended);
        if (scan.problem == null && whole && end - start <= MAX_ROW_BYTES) {
            var original = original(end);
            advance(Math.min(end + 1, limit));
            return judge(at, scan.fields, original);
        }
        // The row is spoilt: only its first line goes, whatever follows is read afresh.
        int first = lineEnd(start);
        if (first - start > MAX_ROW_BYTES) {
            return tooLong(at);
        }
        var original = original(first);
        advance(Math.min(first + 1, limit));
        return scan.problem != null
                ? new Row.Bad(at, Row.Reason.STRAY_QUOTE, scan.problem, original)
                : new Row.Bad(
                        at,
                        Row.Reason.UNCLOSED_QUOTE,
                        "expected a closing quote within %d bytes, got none"
                                .formatted(MAX_ROW_BYTES),
                        original);
    }

    private Row tooLong(long at) throws IOException {
        var original = Bytes.copyOf(window, start, start + MAX_ROW_BYTES);
        long length = 0;
        while (start < limit) {
            int end = lineEnd(start);
            length += end - start;
            boolean found = end < limit;
            advance(found ? end + 1 : end);
            if (found) {
                break;
            }
            fill();
        }
        return new Row.Bad(
                at,
                Row.Reason.TOO_LONG,
                "expected at most %d bytes, got %d".formatted(MAX_ROW_BYTES, length),
                original);
    }

    /** Judges a row that was split into fields. */
    private static Row judge(long at, List<byte[]> fields, Bytes original) {
        if (original.length() == 0) {
            return new Row.Bad(at, Row.Reason.BLANK, "expected a row, got nothing", original);
        }
        var texts = new ArrayList<String>();
        for (byte[] field : fields) {
            try {
                texts.add(
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .decode(ByteBuffer.wrap(field))
                                .toString());
            } catch (CharacterCodingException e) {
                var detail = "expected UTF-8 in column " + (texts.size() + 1) + ", got other bytes";
                return new Row.Bad(at, Row.Reason.NOT_UTF8, detail, original);
            }
        }
        for (int column = 0; column < texts.size(); column++) {
            var control = texts.get(column).chars().filter(Character::isISOControl).findFirst();
            if (control.isPresent()) {
                var detail =
                        "expected text in column %d, got the control character U+%04X"
                                .formatted(column + 1, control.getAsInt());
                return new Row.Bad(at, Row.Reason.CONTROL_CHARACTER, detail, original);
            }
        }
        if (texts.size() != COLUMNS) {
            var detail = "expected %d columns, got %d".formatted(COLUMNS, texts.size());
            return new Row.Bad(at, Row.Reason.COLUMNS, detail, original);
        }
        if (!isPackageName(texts.get(0))) {
            var detail =
                    "expected a name of a-z, 0-9, +, . and -, got '%s'".formatted(texts.get(0));
            return new Row.Bad(at, Row.Reason.NAME, detail, original);
        }
        return new Row.Good(at, texts.get(0), texts.get(1), texts.get(2));
    }

    private static boolean isPackageName(String name) {
        return name.length() >= 2
                && name.length() <= 200
                && "+.-".indexOf(name.charAt(0)) < 0
                && name.chars()
                        .allMatch(c ->
                                (c >= 'a' && c <= 'z')
                                        || (c >= '0' && c <= '9')
                                        || "+.-".indexOf(c) >= 0);
    }

    /** The bytes from the start of the row, without the CR of a CR LF. */
    private Bytes original(int end) {
        boolean carriageReturn = end > start && end < limit && window[end - 1] == '\r';
        return Bytes.copyOf(window, start, carriageReturn ? end - 1 : end);
    }

    /** Where the line that begins here ends: the place of its LF, or the end of what is here. */
    private int lineEnd(int from) {
        int end = from;
        while (end < limit && window[end] != '\n') {
            end++;
        }
        return end;
    }

    private void advance(int to) {
        for (int i = start; i < to; i++) {
            if (window[i] == '\n') {
                line++;
            }
        }
        start = to;
    }

    /** Splits one row into its fields. */
    private static final class Scan {
        private final byte[] bytes;
        private final int limit;
        private int at;
        private final List<byte[]> fields = new ArrayList<>();
        private @Nullable String problem;

        Scan(byte[] bytes, int from, int limit) {
            this.bytes = bytes;
            this.at = from;
            this.limit = limit;
        }

        /** The place of the LF that ends the row, or past the limit where none does. */
        int run() {
            while (true) {
                boolean quoted = at < limit && bytes[at] == '"';
                fields.add(quoted ? quotedField() : plainField());
                if (problem != null || at >= limit || bytes[at] == '\n') {
                    return at;
                }
                at++; // the comma
            }
        }

        private byte[] plainField() {
            int from = at;
            while (at < limit && bytes[at] != ',' && bytes[at] != '\n') {
                if (bytes[at] == '"') {
                    problem = "expected quotes around the whole field, got one inside it";
                    return new byte[0];
                }
                at++;
            }
            return Arrays.copyOfRange(bytes, from, beforeLineEnd(from));
        }

        private int beforeLineEnd(int from) {
            boolean crlf = at > from && at < limit && bytes[at] == '\n' && bytes[at - 1] == '\r';
            return crlf ? at - 1 : at;
        }

        private byte[] quotedField() {
            var field = new ByteArrayOutputStream();
            at++;
            while (at < limit) {
                if (bytes[at] != '"') {
                    field.write(bytes[at++]);
                } else if (at + 1 < limit && bytes[at + 1] == '"') {
                    field.write('"');
                    at += 2;
                } else {
                    at++;
                    closeQuote();
                    return field.toByteArray();
                }
            }
            at = limit + 1; // never closed, not even by the end of the file
            return field.toByteArray();
        }

        private void closeQuote() {
            if (at + 1 < limit && bytes[at] == '\r' && bytes[at + 1] == '\n') {
                at++;
            }
            if (at < limit && bytes[at] != ',' && bytes[at] != '\n') {
                problem = "expected a comma after the closing quote, got other text";
            }
        }
    }
}
