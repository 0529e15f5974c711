package dev.millrace.flow;

import dev.millrace.job.RetryNever;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * The cursor of {@link SqlPages}: what the key's columns held in the last row of a page. Written as
 * text with its type, so that no digit and no fraction of a second is lost on the way through JSON.
 * Immutable.
 *
 * @param parts one for each column of the key, in its order
 */
public record SqlKey(List<Part> parts) {
    /**
     * What one column held.
     *
     * @param type how the text is to be read
     * @param text the value
     */
    public record Part(Type type, String text) {}

    /** The types that a column of a key may have. */
    public enum Type {
        /** A whole number of up to 64 bits. */
        INTEGER,
        /** A decimal number of any length. */
        DECIMAL,
        /** A binary fraction. */
        DOUBLE,
        /** Text. */
        TEXT,
        /** A day. */
        DATE,
        /** A day and time without a zone. */
        TIMESTAMP,
        /** A moment. */
        INSTANT,
        /** A UUID. */
        UUID,
        /** Bytes, as Base64. */
        BYTES
    }

    /** Copies the list. */
    public SqlKey {
        parts = List.copyOf(parts);
    }

    static SqlKey of(ResultSet row, List<String> columns) throws SQLException {
        var parts = new ArrayList<Part>(columns.size());
        for (String column : columns) {
            int index = row.findColumn(column);
            String type = row.getMetaData().getColumnTypeName(index);
            Object value = row.getObject(index);
            if (value instanceof Timestamp && !hasZone(type)) {
                // by way of a moment, an hour that the JVM's zone leaves out would become another
                value = row.getObject(index, LocalDateTime.class);
            }
            parts.add(part(column, value));
        }
        return new SqlKey(parts);
    }

    private static Part part(String column, @Nullable Object value) {
        return switch (value) {
            case null ->
                    throw new RetryNever(
                            ("expected no null in column '%s' of the key, got one; make the query"
                                            + " leave such rows out or replace it")
                                    .formatted(column),
                            null);
            case Byte n -> new Part(Type.INTEGER, n.toString());
            case Short n -> new Part(Type.INTEGER, n.toString());
            case Integer n -> new Part(Type.INTEGER, n.toString());
            case Long n -> new Part(Type.INTEGER, n.toString());
            case Float n -> new Part(Type.DOUBLE, Double.toString(n));
            case Double n -> new Part(Type.DOUBLE, n.toString());
            case Number n -> new Part(Type.DECIMAL, n.toString());
            case String text -> new Part(Type.TEXT, text);
            case UUID id -> new Part(Type.UUID, id.toString());
            case byte[] bytes -> new Part(Type.BYTES, Base64.getEncoder().encodeToString(bytes));
            case java.sql.Date date -> new Part(Type.DATE, date.toLocalDate().toString());
            case LocalDate date -> new Part(Type.DATE, date.toString());
            case Timestamp at -> new Part(Type.INSTANT, at.toInstant().toString());
            case LocalDateTime at -> new Part(Type.TIMESTAMP, at.toString());
            case OffsetDateTime at -> new Part(Type.INSTANT, at.toInstant().toString());
            case Instant at -> new Part(Type.INSTANT, at.toString());
            default ->
                    throw new RetryNever(
                            ("expected numbers, text, days, moments, UUIDs or bytes in column '%s'"
                                            + " of the key, got %s; cast it in the query")
                                    .formatted(column, value.getClass().getName()),
                            null);
        };
    }

    /** Drivers give both kinds as timestamps; the column's type tells them apart. */
    private static boolean hasZone(@Nullable String typeName) {
        if (typeName == null) {
            return false;
        }
        String lower = typeName.toLowerCase(Locale.ROOT);
        return lower.equals("timestamptz") || lower.contains("with time zone");
    }

    static void bind(PreparedStatement statement, int index, Part part) throws SQLException {
        String text = part.text();
        switch (part.type()) {
            case INTEGER -> statement.setLong(index, Long.parseLong(text));
            case DECIMAL -> statement.setBigDecimal(index, new BigDecimal(text));
            case DOUBLE -> statement.setDouble(index, Double.parseDouble(text));
            case TEXT -> statement.setString(index, text);
            case DATE -> statement.setObject(index, LocalDate.parse(text));
            case TIMESTAMP -> statement.setObject(index, LocalDateTime.parse(text));
            case INSTANT ->
                    statement.setObject(index, Instant.parse(text).atOffset(ZoneOffset.UTC));
            case UUID -> statement.setObject(index, java.util.UUID.fromString(text));
            case BYTES -> statement.setBytes(index, Base64.getDecoder().decode(text));
        }
    }
}
