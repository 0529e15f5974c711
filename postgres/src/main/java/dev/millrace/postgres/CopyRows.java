package dev.millrace.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.postgresql.PGConnection;

import java.sql.SQLException;
import java.util.Arrays;

/**
 * Rows in PostgreSQL's binary COPY format, built by hand: one growing byte array, no object per
 * value. Used once, by one thread.
 */
final class CopyRows {
    private static final byte[] HEADER = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
    };
    private static final long MICROS_1970_TO_2000 = 946_684_800_000_000L;

    private byte[] bytes;
    private int size;

    CopyRows(int expectedBytes) {
        bytes = Arrays.copyOf(HEADER, HEADER.length + expectedBytes);
        size = HEADER.length;
    }

    CopyRows row(int columns) {
        return raw2(columns);
    }

    CopyRows int2(int value) {
        raw4(2);
        return raw2(value);
    }

    CopyRows int4(int value) {
        raw4(4);
        return raw4(value);
    }

    CopyRows int8(long value) {
        raw4(8);
        raw4((int) (value >>> 32));
        return raw4((int) value);
    }

    CopyRows bool(boolean value) {
        raw4(1);
        room(1);
        bytes[size++] = (byte) (value ? 1 : 0);
        return this;
    }

    /** A moment given in microseconds since 1970. */
    CopyRows moment(long micros) {
        return int8(micros - MICROS_1970_TO_2000);
    }

    CopyRows text(String value) {
        byte[] encoded = value.getBytes(UTF_8);
        raw4(encoded.length);
        room(encoded.length);
        System.arraycopy(encoded, 0, bytes, size, encoded.length);
        size += encoded.length;
        return this;
    }

    /** Sends the rows; as many round trips as COPY needs, none of them waiting for more data. */
    void send(PGConnection connection, String copy) throws SQLException {
        raw2(-1);
        var operation = connection.getCopyAPI().copyIn(copy);
        try {
            operation.writeToCopy(bytes, 0, size);
            operation.endCopy();
        } finally {
            if (operation.isActive()) {
                operation.cancelCopy();
            }
        }
    }

    private CopyRows raw2(int value) {
        room(2);
        bytes[size++] = (byte) (value >>> 8);
        bytes[size++] = (byte) value;
        return this;
    }

    private CopyRows raw4(int value) {
        room(4);
        bytes[size++] = (byte) (value >>> 24);
        bytes[size++] = (byte) (value >>> 16);
        bytes[size++] = (byte) (value >>> 8);
        bytes[size++] = (byte) value;
        return this;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}
