package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class PackageCsvTest {
    private static final String HEADING = "package,section,homepage\n";

    @Test
    void readsRowsWithTheirLineNumbers() {
        assertThat(rows(HEADING + "foo,libs,https://foo.example/\nbar,,\n"))
                .containsExactly(
                        new Row.Good(2, "foo", "libs", "https://foo.example/"),
                        new Row.Good(3, "bar", "", ""));
    }

    @Test
    void understandsAByteOrderMarkCrLfAndAMissingLastLineEnd() {
        assertThat(
                        rows(
                                "\ufeff"
                                        + HEADING.replace("\n", "\r\n")
                                        + "foo,a,b\r\nbar,c,\"d\"\r\nbaz,,"))
                .containsExactly(
                        new Row.Good(2, "foo", "a", "b"),
                        new Row.Good(3, "bar", "c", "d"),
                        new Row.Good(4, "baz", "", ""));
    }

    @Test
    void readsAFileWithoutHeading() {
        assertThat(rows("foo,a,b\n")).containsExactly(new Row.Good(1, "foo", "a", "b"));
        assertThat(rows("")).isEmpty();
    }

    @Test
    void understandsQuotes() {
        assertThat(rows("foo,\"a, \"\"b\"\"\",\"\"\n"))
                .containsExactly(new Row.Good(1, "foo", "a, \"b\"", ""));
    }

    @Test
    void aQuoteNeverClosedCostsOnlyItsOwnLine() {
        assertThat(rows("foo,a,\"b\nbar,c,d\nbaz,e,f\n"))
                .satisfiesExactly(
                        bad(1, Row.Reason.UNCLOSED_QUOTE, "foo,a,\"b"),
                        row -> assertThat(row).isEqualTo(new Row.Good(2, "bar", "c", "d")),
                        row -> assertThat(row).isEqualTo(new Row.Good(3, "baz", "e", "f")));
        assertThat(rows("foo,a,\"b\nbar,\"c\",d\n"))
                .satisfiesExactly(
                        bad(1, Row.Reason.STRAY_QUOTE, "foo,a,\"b"),
                        row -> assertThat(row).isEqualTo(new Row.Good(2, "bar", "c", "d")));
    }

    @Test
    void setsOddRowsAsideWithTheirBytes() {
        assertThat(
                        rows(
                                "foo,a\nfoo,a,b,c\nfoo,\0,b\nfoo,a\rb,c\n\nFoo Bar,a,b\n,a,b\n"
                                        + "foo,x\"y,b\nfoo,\"a\"b,c\n"))
                .satisfiesExactly(
                        bad(1, Row.Reason.COLUMNS, "foo,a"),
                        bad(2, Row.Reason.COLUMNS, "foo,a,b,c"),
                        bad(3, Row.Reason.CONTROL_CHARACTER, "foo,\\x00,b"),
                        bad(4, Row.Reason.CONTROL_CHARACTER, "foo,a\\x0db,c"),
                        bad(5, Row.Reason.BLANK, ""),
                        bad(6, Row.Reason.NAME, "Foo Bar,a,b"),
                        bad(7, Row.Reason.NAME, ",a,b"),
                        bad(8, Row.Reason.STRAY_QUOTE, "foo,x\"y,b"),
                        bad(9, Row.Reason.STRAY_QUOTE, "foo,\"a\"b,c"));
    }

    @Test
    void setsBytesThatAreNotUtf8Aside() {
        var latin1 = "foo,caf\u00e9,b\nbar,a,b\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(rows(new ByteArrayInputStream(latin1)))
                .satisfiesExactly(
                        bad(1, Row.Reason.NOT_UTF8, "foo,caf\\xe9,b"),
                        row -> assertThat(row).isEqualTo(new Row.Good(2, "bar", "a", "b")));
        var surrogate = "foo,\u00ed\u00a0\u0080,b".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(rows(new ByteArrayInputStream(surrogate)))
                .satisfiesExactly(bad(1, Row.Reason.NOT_UTF8, "foo,\\xed\\xa0\\x80,b"));
    }

    @Test
    void aRowOverTheBoundIsSetAsideAndTheNextIsRead() {
        for (int length : new int[] {8193, 8194, 8195, 32_768, 100_000}) {
            assertThat(rows("x".repeat(length) + "\nbar,a,b\n"))
                    .satisfiesExactly(
                            bad(1, Row.Reason.TOO_LONG, "x".repeat(PackageCsv.MAX_ROW_BYTES)),
                            row -> assertThat(row).isEqualTo(new Row.Good(2, "bar", "a", "b")));
        }
        assertThat(rows("foo,a," + "x".repeat(8192 - 6) + "\n"))
                .satisfiesExactly(row -> assertThat(row).isInstanceOf(Row.Good.class));
    }

    /**
     * Whatever the bytes, every line is accounted for once, in order, however the stream is cut.
     */
    @Test
    void neverThrowsAndNeverLosesALine() {
        long seed = 20_261_121;
        var random = new Random(seed);
        var alphabet = "ab,\"\n\r\0\u00e9\u00ed".getBytes(StandardCharsets.ISO_8859_1);
        for (int round = 0; round < 2_000; round++) {
            var bytes = new byte[random.nextInt(60)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = alphabet[random.nextInt(alphabet.length)];
            }
            var file = new ByteArrayOutputStream();
            file.writeBytes(bytes);
            file.writeBytes("\nlast,a,b\n".getBytes(StandardCharsets.US_ASCII));
            var rows = rows(new ByteArrayInputStream(file.toByteArray()));
            assertThat(rows).as("seed %d, round %d", seed, round).isNotEmpty();
            assertThat(rows(new OneByteAtATime(file.toByteArray()))).isEqualTo(rows);
            assertThat(rows).extracting(Row::line).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void readsTheListThatIsShipped() {
        var rows = rows(PackageCsv.class.getResourceAsStream("packages.csv"));
        var good =
                rows.stream().filter(Row.Good.class::isInstance).map(Row.Good.class::cast).toList();
        var missing =
                good.stream()
                        .filter(row -> HomePage.of(row.homepage()) instanceof HomePage.Missing)
                        .count();
        assertThat(good).hasSizeGreaterThan(4_800);
        assertThat((double) missing / good.size()).isBetween(0.06, 0.08);
        var reasons =
                rows.stream()
                        .filter(Row.Bad.class::isInstance)
                        .map(row -> ((Row.Bad) row).reason())
                        .distinct();
        assertThat(reasons).containsExactlyInAnyOrder(Row.Reason.values());
        assertThat(good).filteredOn(row -> row.name().startsWith("odd-")).hasSizeLessThan(12);
    }

    private static org.assertj.core.api.ThrowingConsumer<Row> bad(
            long line, Row.Reason reason, String escaped) {
        return row -> {
            var bad = (Row.Bad) row;
            assertThat(bad.line()).isEqualTo(line);
            assertThat(bad.reason()).isEqualTo(reason);
            assertThat(bad.original().escaped()).isEqualTo(escaped);
            assertThat(bad.detail()).startsWith("expected ").contains(", got ");
        };
    }

    private static List<Row> rows(String text) {
        return rows(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<Row> rows(InputStream in) {
        var rows = new ArrayList<Row>();
        try (var csv = new PackageCsv(in)) {
            for (var row = csv.next(); row.isPresent(); row = csv.next()) {
                rows.add(row.get());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    private static final class OneByteAtATime extends ByteArrayInputStream {
        OneByteAtATime(byte[] bytes) {
            super(bytes);
        }

        @Override
        public synchronized int read(byte[] into, int from, int length) {
            return super.read(into, from, Math.min(1, length));
        }
    }
}
