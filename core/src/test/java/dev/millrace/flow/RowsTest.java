package dev.millrace.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Rows that cannot be read are set aside whole; the others go on. */
final class RowsTest {
    private final List<BadRow> aside = new ArrayList<>();

    private List<Integer> read(byte[] input) {
        Rows.Parser<Integer> numbers =
                (text, line) ->
                        text.startsWith("#")
                                ? Optional.empty()
                                : Optional.of(Integer.valueOf(text));
        try (var rows = Rows.read(new ByteArrayInputStream(input), numbers, aside::add)) {
            return rows.toList();
        }
    }

    @Test
    void goodRowsAreReadAndBadOnesAreSetAsideWithLineBytesAndReason() {
        byte[] odd = {'4', (byte) 0xff, (byte) 0xfe};
        byte[] start = "# numbers\r\n1\r\n\nx\"\t1\n".getBytes(StandardCharsets.UTF_8);
        byte[] input = Arrays.copyOf(start, start.length + odd.length + 3);
        System.arraycopy(odd, 0, input, start.length, odd.length);
        System.arraycopy(new byte[] {'\n', '7', '8'}, 0, input, start.length + odd.length, 3);
        assertThat(read(input)).containsExactly(1, 78);
        assertThat(aside).hasSize(2);
        assertThat(aside.getFirst().line()).isEqualTo(4);
        assertThat(aside.getFirst().bytes()).isEqualTo("x\"\t1".getBytes(StandardCharsets.UTF_8));
        assertThat(aside.getFirst().json())
                .startsWith("{\"line\":4,\"reason\":\"For input string: \\\"x\\\"\\t1\\\"\"")
                .endsWith("\"text\":\"x\\\".1\",\"bytes\":\"eCIJMQ==\"}");
        assertThat(aside.getLast().bytes()).isEqualTo(odd);
        assertThat(aside.getLast().reason()).contains("UTF-8");
    }

    @Test
    void aLineThatIsTooLongIsSetAsideByItsBeginning() {
        byte[] input = new byte[Rows.MAX_BYTES + 100];
        Arrays.fill(input, (byte) '1');
        input[Rows.MAX_BYTES + 97] = '\n';
        assertThat(read(input)).containsExactly(11);
        assertThat(aside.getFirst().bytes()).hasSize(Rows.MAX_BYTES);
        assertThat(aside.getFirst().reason()).contains("1048576");
    }

    @Test
    void anEmptyInputHasNoRows() {
        assertThat(read(new byte[0])).isEmpty();
        assertThat(aside).isEmpty();
    }
}
