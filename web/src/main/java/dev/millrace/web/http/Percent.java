package dev.millrace.web.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Percent-encoded text, read strictly: no bad escape, no bytes that are no UTF-8, no NUL. */
final class Percent {
    private static final int MAX_PARAMETERS = 50;

    private Percent() {}

    /** The decoded segments of a path; {@code /} has one, empty. */
    static List<String> segments(String path) {
        var segments = new ArrayList<String>();
        for (String raw : path.substring(1).split("/", -1)) {
            segments.add(decode(raw, false));
        }
        return segments;
    }

    /** The decoded names and values of a query. */
    static Map<String, String> query(String query) {
        var values = new LinkedHashMap<String, String>();
        for (String part : query.split("&", MAX_PARAMETERS + 1)) {
            if (part.isEmpty()) {
                continue;
            }
            int equals = part.indexOf('=');
            String name = decode(equals < 0 ? part : part.substring(0, equals), true);
            String value = equals < 0 ? "" : decode(part.substring(equals + 1), true);
            if (values.put(name, value) != null) {
                throw new Refused(
                        Problem.of(
                                400,
                                "invalid-parameter",
                                "parameter '%s' is given twice".formatted(shortened(name))));
            }
            if (values.size() > MAX_PARAMETERS) {
                throw new Refused(
                        Problem.of(
                                400,
                                "invalid-parameter",
                                "a query may have at most %d parameters, got more"
                                        .formatted(MAX_PARAMETERS)));
            }
        }
        return values;
    }

    static String shortened(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }

    private static String decode(String text, boolean plusIsSpace) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0 && isPlain(text)) {
            return text;
        }
        var bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                boolean whole = i + 2 < text.length();
                int high = whole ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = whole ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw refused(text);
                }
                bytes.write(high * 16 + low);
                i += 2;
            } else if (c == '+' && plusIsSpace) {
                bytes.write(' ');
            } else {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            String decoded =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes.toByteArray()))
                            .toString();
            if (decoded.indexOf('\0') >= 0) {
                throw refused(text);
            }
            return decoded;
        } catch (CharacterCodingException e) {
            throw refused(text);
        }
    }

    private static boolean isPlain(String text) {
        return text.chars().allMatch(c -> c > 0 && c < 128);
    }

    private static Refused refused(String text) {
        return new Refused(
                Problem.of(
                                400,
                                "invalid-encoding",
                                "paths and queries must be percent-encoded UTF-8 without NUL")
                        .expectedGot("%XX with two hexadecimal digits, UTF-8", text));
    }
}
