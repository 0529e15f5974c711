package dev.millrace.web.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * Addresses that begin alike: {@code 10.0.0.0/8}, {@code ::1}. No name is ever looked up.
 * Immutable.
 *
 * @param address the first of them
 * @param bits how many bits they share
 */
public record Network(InetAddress address, int bits) {
    private static final Pattern NUMERIC =
            Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /**
     * Reads a network.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        String first = slash < 0 ? text : text.substring(0, slash);
        if (!isAddress(first)) {
            throw refused(text);
        }
        InetAddress address = address(first);
        int most = address.getAddress().length * 8;
        String said = slash < 0 ? Integer.toString(most) : text.substring(slash + 1);
        if (!said.matches("\\d{1,3}") || Integer.parseInt(said) > most) {
            throw refused(text);
        }
        return new Network(address, Integer.parseInt(said));
    }

    private static IllegalArgumentException refused(String text) {
        return new IllegalArgumentException(
                "expected an address or a network such as 10.0.0.0/8, got '%s'"
                        .formatted(Percent.shortened(text)));
    }

    /** Whether a text is an address in numbers. */
    static boolean isAddress(String text) {
        if (text.length() > 45 || !NUMERIC.matcher(text).matches()) {
            return false;
        }
        try {
            return InetAddress.getByName(text) != null;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("expected an address, got '" + text + "'", e);
        }
    }

    /** Whether an address in numbers is one of them. */
    boolean contains(String other) {
        return isAddress(other) && contains(address(other));
    }

    /** Whether an address is one of them. */
    public boolean contains(InetAddress other) {
        byte[] mine = address.getAddress();
        byte[] its = other.getAddress();
        if (mine.length != its.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((mine[bit / 8] & mask) != (its[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }
}
