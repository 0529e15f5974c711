package dev.millrace.web.job;

import dev.millrace.web.text.JsonLine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The values hidden in one payload, as they could show up elsewhere. Shorter ones than {@value
 * #SHORTEST} characters are not among them: they stand in every number and word by chance. Where
 * there are more than {@value #MOST}, every text and number elsewhere is hidden whole. Immutable.
 */
final class HiddenValues {
    static final HiddenValues NONE = new HiddenValues(List.of(), false);

    /** Nothing is known of them, so nothing is shown. */
    static final HiddenValues UNKNOWN = new HiddenValues(List.of(), true);

    private static final int MOST = 100;
    private static final int SHORTEST = 4;
    private static final Set<String> WORDS = Set.of("true", "false", "null");

    /** The longest first, so that none leaves the rest of a longer one. */
    private final List<String> forms;

    private final boolean tooMany;

    private HiddenValues(List<String> forms, boolean tooMany) {
        this.forms = forms;
        this.tooMany = tooMany;
    }

    static HiddenValues of(Iterable<String> scalars) {
        var values = new LinkedHashSet<String>();
        for (String scalar : scalars) {
            if (isTelling(scalar)) {
                values.add(scalar);
            }
            if (values.size() > MOST) {
                return UNKNOWN;
            }
        }
        var forms = new LinkedHashSet<String>();
        for (String value : values) {
            forms.add(value);
            // texts quote JSON
            forms.add(escaped(value));
        }
        var longestFirst = new ArrayList<>(forms);
        longestFirst.sort(Comparator.comparingInt(String::length).reversed());
        return new HiddenValues(List.copyOf(longestFirst), false);
    }

    /** Whether a value is long and rare enough to be looked for elsewhere. */
    static boolean isTelling(String value) {
        return value.length() >= SHORTEST
                && !value.isBlank()
                && !WORDS.contains(value.toLowerCase(Locale.ROOT))
                && !Hiding.INSTEAD.contains(value);
    }

    private static String escaped(String value) {
        String json = new JsonLine().with("", value).toString();
        return json.substring("{\"\":\"".length(), json.length() - "\"}".length());
    }

    boolean isNothing() {
        return forms.isEmpty() && !tooMany;
    }

    /** A text without them. */
    String out(String text) {
        if (tooMany) {
            return text.length() < SHORTEST ? text : Hiding.INSTEAD;
        }
        if (!isIn(text)) {
            return text;
        }
        String shown = text;
        for (String form : forms) {
            shown = shown.replace(form, Hiding.INSTEAD);
        }
        // what was put in may make one anew with what stands beside it
        return isIn(shown) ? Hiding.INSTEAD : shown;
    }

    /** A member's name without them; names stay where there are too many to look for. */
    String outOfName(String name) {
        return tooMany ? name : out(name);
    }

    private boolean isIn(String text) {
        for (String form : forms) {
            if (text.contains(form)) {
                return true;
            }
        }
        return false;
    }
}
