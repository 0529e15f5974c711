package dev.millrace.server.demo;

import dev.millrace.server.demo.Grade.Finding;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Grades a page as a visitor would meet it: is it there, is it quick, safe, dated, readable. A pure
 * function of its arguments; time is linear in the size of the page, whatever the page holds.
 */
final class Grader {
    private static final Duration SLOW = Duration.ofMillis(800);
    private static final int HEAVY_BYTES = 128 * 1024;
    private static final int STALE_DAYS = 3 * 365;
    private static final int MAX_LINKS = 500;

    private static final Pattern TITLE = tag("<title[^>]{0,200}+>([^<]{0,500})");
    private static final Pattern DESCRIPTION =
            tag("<meta\\s[^>]{0,200}?name=[\"']?description[\"']?[^>]{0,500}+>");
    private static final Pattern VIEWPORT =
            tag("<meta\\s[^>]{0,200}?name=[\"']?viewport[\"']?[^>]{0,500}+>");
    private static final Pattern LANGUAGE = tag("<html\\s[^>]{0,200}?lang=[\"']?[a-z]");
    private static final Pattern LINK = tag("<a\\s[^>]{0,200}?href=\"([^\"]{0,2000})\"");
    private static final Pattern CHARSET = tag("charset=[\"']?([a-z0-9_:.+-]{1,40})");

    private Grader() {}

    /**
     * Grades one page.
     *
     * @param homepage the address the package names
     * @param page what came from there; its address decides whether the way is safe
     * @param now against which the age of the page is counted
     */
    static Grade grade(URI homepage, Page page, Instant now) {
        if (page.status() != 200) {
            var detail = "expected status 200, got " + page.status();
            return new Grade(0, List.of(new Finding("not-found", 100, detail)));
        }
        var findings = new ArrayList<Finding>();
        safety(homepage, page, findings);
        speed(page, findings);
        age(page, now, findings);
        var text = decode(page, findings);
        content(text, page.truncated(), findings);
        links(text, findings);
        int cost = findings.stream().mapToInt(Finding::cost).sum();
        return new Grade(Math.max(0, 100 - cost), findings);
    }

    private static void safety(URI homepage, Page page, List<Finding> findings) {
        if (!"https".equalsIgnoreCase(page.address().getScheme())) {
            findings.add(new Finding("no-https", 20, "expected https://, got http://"));
        } else if (!"https".equalsIgnoreCase(homepage.getScheme())) {
            findings.add(new Finding("http-link", 4, "expected an https:// link, got http://"));
        }
    }

    private static void speed(Page page, List<Finding> findings) {
        if (page.elapsed().compareTo(SLOW) > 0) {
            findings.add(
                    new Finding(
                            "slow",
                            10,
                            "expected at most %d ms, got %d"
                                    .formatted(SLOW.toMillis(), page.elapsed().toMillis())));
        }
        if (page.truncated() || page.body().length() > HEAVY_BYTES) {
            var got = (page.truncated() ? "over " : "") + page.body().length() / 1024;
            findings.add(
                    new Finding(
                            "heavy",
                            8,
                            "expected at most %d KiB, got %s".formatted(HEAVY_BYTES / 1024, got)));
        }
    }

    private static void age(Page page, Instant now, List<Finding> findings) {
        var modified = page.header("last-modified").flatMap(Grader::instant);
        if (modified.isEmpty()) {
            findings.add(new Finding("undated", 4, "expected Last-Modified, got none"));
            return;
        }
        long days = ChronoUnit.DAYS.between(modified.get(), now);
        if (days > STALE_DAYS) {
            findings.add(
                    new Finding(
                            "stale",
                            12,
                            "expected a change within %d days, got %d"
                                    .formatted(STALE_DAYS, days)));
        }
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)));
        } catch (DateTimeException e) {
            return Optional.empty(); // an unreadable date is no date
        }
    }

    private static String decode(Page page, List<Finding> findings) {
        var declared = charsetName(page);
        var charset = declared.flatMap(Grader::charset).orElse(StandardCharsets.UTF_8);
        if (declared.isEmpty()) {
            findings.add(new Finding("no-charset", 4, "expected a charset, got none"));
        } else if (charset(declared.get()).isEmpty()) {
            findings.add(
                    new Finding(
                            "odd-charset", 8, "expected a known charset, got " + declared.get()));
        }
        var bytes = page.body().buffer();
        try {
            return charset.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            if (!page.truncated()) { // a cut may fall into the middle of a character
                findings.add(
                        new Finding("odd-bytes", 6, "expected " + charset + ", got other bytes"));
            }
            return lenient(charset, page.body());
        }
    }

    private static String lenient(Charset charset, Bytes body) {
        try {
            return charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE)
                    .decode(body.buffer())
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalStateException("a decoder that replaces found a fault", e);
        }
    }

    private static Optional<String> charsetName(Page page) {
        var head = page.body().latin1(1_024);
        return page.header("content-type")
                .flatMap(type -> first(CHARSET, type))
                .or(() -> first(CHARSET, head));
    }

    private static Optional<Charset> charset(String name) {
        try {
            return Optional.of(Charset.forName(name));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return Optional.empty();
        }
    }

    private static void content(String text, boolean truncated, List<Finding> findings) {
        var title = first(TITLE, text).map(String::strip).orElse("");
        if (title.isEmpty()) {
            findings.add(new Finding("no-title", 15, "expected a title, got none"));
        }
        expect(
                DESCRIPTION,
                text,
                new Finding("no-description", 8, missing("a description")),
                findings);
        expect(LANGUAGE, text, new Finding("no-language", 6, missing("a language")), findings);
        expect(VIEWPORT, text, new Finding("not-for-phones", 8, missing("a viewport")), findings);
        if (!truncated && !text.contains("</html>")) {
            findings.add(new Finding("open-html", 6, "expected </html> at the end, got none"));
        }
    }

    private static String missing(String what) {
        return "expected " + what + ", got none";
    }

    private static void expect(
            Pattern pattern, String text, Finding otherwise, List<Finding> findings) {
        if (!pattern.matcher(text).find()) {
            findings.add(otherwise);
        }
    }

    private static void links(String text, List<Finding> findings) {
        int broken = 0;
        Matcher link = LINK.matcher(text);
        for (int seen = 0; seen < MAX_LINKS && link.find(); seen++) {
            if (!isAddress(link.group(1))) {
                broken++;
            }
        }
        if (broken > 0) {
            findings.add(
                    new Finding(
                            "broken-links",
                            Math.min(15, 3 * broken),
                            "expected links that lead somewhere, got %d that do not"
                                    .formatted(broken)));
        }
    }

    private static boolean isAddress(String text) {
        try {
            return !new URI(text.strip()).toString().isEmpty();
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static Optional<String> first(Pattern pattern, String text) {
        var matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static Pattern tag(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }
}
