package dev.millrace.server.demo;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * A made-up page that stands in for a home page. It says so itself, and has the faults that real
 * pages have: no title, no description, an unknown charset, broken links, years without a change.
 * Depends on seed and address only.
 *
 * @param contentType the header to send
 * @param lastModified the header to send, in the form of HTTP; empty for none
 * @param body the bytes to send
 */
record StandInPage(String contentType, String lastModified, Bytes body) {
    private static final LocalDate NEWEST = LocalDate.of(2026, 10, 1);
    private static final String[] WORDS =
            "package source release build library stable branch tested manual install support"
                    .split(" ");

    /** Makes the page of an address. */
    static StandInPage of(long seed, String address) {
        var dice = new Dice(seed, address);
        double age = dice.roll("age");
        var changed = NEWEST.minusDays(Math.round(4_000 * age * age));
        var type = "text/html";
        if (dice.chance("charset declared", 0.85)) {
            type += dice.chance("charset unknown", 0.03) ? "; charset=x-none" : "; charset=utf-8";
        }
        var html = html(dice, address, changed);
        boolean wrongBytes = dice.chance("wrong bytes", 0.05);
        var bytes =
                html.getBytes(wrongBytes ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        return new StandInPage(
                type, dice.chance("dated", 0.8) ? httpDate(changed) : "", Bytes.copyOf(bytes));
    }

    private static String httpDate(LocalDate day) {
        return DateTimeFormatter.RFC_1123_DATE_TIME
                .withLocale(Locale.ROOT)
                .format(day.atStartOfDay(ZoneOffset.UTC));
    }

    private static String html(Dice dice, String address, LocalDate changed) {
        boolean tidy = !dice.chance("untidy", 0.1);
        var page = new StringBuilder(4_096);
        page.append("<!doctype html>\n<html");
        page.append(dice.chance("lang", 0.75) ? " lang=\"en\">\n<head>\n" : ">\n<head>\n");
        if (dice.chance("title", 0.93)) {
            page.append("<title>Stand-in for ").append(escape(address)).append("</title>\n");
        }
        if (dice.chance("description", 0.65)) {
            page.append("<meta name=\"description\" content=\"A made-up page of the demo\">\n");
        }
        if (dice.chance("viewport", 0.75)) {
            page.append("<meta name=\"viewport\" content=\"width=device-width\">\n");
        }
        page.append(tidy ? "</head>\n<body>\n" : "<body>\n<div><b>\n");
        page.append("<h1>Stand-in for ")
                .append(escape(address))
                .append("</h1>\n<p>Nothing here was");
        page.append(" written by those whose page it replaces. Caf\u00e9, na\u00efve.</p>\n");
        links(dice, page);
        filler(dice, page);
        page.append("<footer>Changed ").append(changed).append("</footer>\n");
        return page.append(tidy ? "</body>\n</html>\n" : "</p></i>\n").toString();
    }

    private static void links(Dice dice, StringBuilder page) {
        int links = 2 + dice.below("links", 10);
        double broken = dice.chance("broken", 0.3) ? 0.4 : 0;
        for (int i = 0; i < links; i++) {
            boolean bad = dice.chance("link " + i, broken);
            page.append("<a href=\"").append(bad ? "ht tp://" : "/doc/" + i).append("\">part ");
            page.append(i).append("</a>\n");
        }
    }

    private static void filler(Dice dice, StringBuilder page) {
        double size = dice.roll("size");
        int target = 1_000 + (int) (30_000 * size * size);
        if (dice.chance("huge", 0.03)) {
            target = 150_000 + dice.below("how huge", 250_000);
        }
        for (int i = dice.below("word", WORDS.length); page.length() < target; i++) {
            page.append(WORDS[i % WORDS.length]).append(i % 16 == 0 ? "\n" : " ");
        }
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
