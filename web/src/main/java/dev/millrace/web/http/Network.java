package dev.millrace.web.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Addresses that begin alike: {@code 10.0.0.0/8}, {@code ::1}. No name is ever looked up.
 * Immutable.
 *
 * @param address the first of them
 * @param bits how many bits they share
 */
public record Network(InetAddress address, int bits) {
    private static final int HOUSEHOLD_BYTES = 8;
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

    /**
     * Whom an address stands for: itself, or of IPv6 the first 64 bits of it, which one household
     * has.
     */
    public static String household(InetAddress address) {
        return address instanceof Inet6Address
                ? HexFormat.of().formatHex(address.getAddress(), 0, HOUSEHOLD_BYTES)
                : address.getHostAddress();
    }

    /** The same of an address as it is written; a text that is none stands for itself. */
    public static String household(String address) {
        return isAddress(address) ? household(address(address)) : address;
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
