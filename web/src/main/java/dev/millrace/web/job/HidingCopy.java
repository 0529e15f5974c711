package dev.millrace.web.job;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Copies one JSON document without what is hidden. Used once. */
final class HidingCopy {
    private final JsonParser parser;
    private final JsonGenerator out;
    private final List<Hiding.Rule> rules;
    private final HiddenValues values;
    private final Set<String> found;
    private final List<String> path = new ArrayList<>();

    /**
     * @param rules what is hidden by its place
     * @param values what is hidden wherever it stands
     * @param found is told the texts and numbers that the rules hide
     */
    HidingCopy(
            JsonParser parser,
            JsonGenerator out,
            List<Hiding.Rule> rules,
            HiddenValues values,
            Set<String> found) {
        this.parser = parser;
        this.out = out;
        this.rules = rules;
        this.values = values;
        this.found = found;
    }

    void copy() {
        if (parser.nextToken() != null) {
            value();
        }
    }

    private void value() {
        if (rules.stream().anyMatch(rule -> rule.hides(path))) {
            hide();
            out.writeString(Hiding.INSTEAD);
            return;
        }
        switch (parser.currentToken()) {
            case START_OBJECT -> object();
            case START_ARRAY -> array();
            case VALUE_STRING -> out.writeString(values.out(parser.getString()));
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getString());
            default -> out.copyCurrentEvent(parser);
        }
    }

    private void number(String digits) {
        if (values.out(digits).equals(digits)) {
            out.writeRawValue(digits);
        } else {
            out.writeString(Hiding.INSTEAD);
        }
    }

    private void object() {
        out.writeStartObject();
        Set<String> renamed = null;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            String shown = values.outOfName(name);
            if (!shown.equals(name)) {
                renamed = renamed == null ? new HashSet<>() : renamed;
                shown = once(shown, renamed);
            }
            out.writeName(shown);
            parser.nextToken();
            path.add(name);
            value();
            path.removeLast();
        }
        out.writeEndObject();
    }

    /** Two names may become the same; a reader may keep only one of two members of one name. */
    private static String once(String name, Set<String> taken) {
        String one = name;
        for (int i = 2; !taken.add(one); i++) {
            one = name + " " + i;
        }
        return one;
    }

    private void array() {
        out.writeStartArray();
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
            path.add(Integer.toString(i));
            value();
            path.removeLast();
        }
        out.writeEndArray();
    }

    /** Passes over a value and remembers what in it could show up elsewhere. */
    private void hide() {
        int depth = 0;
        do {
            JsonToken token = parser.currentToken();
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (token.isScalarValue() && HiddenValues.isTelling(parser.getString())) {
                found.add(parser.getString());
            }
            if (depth > 0) {
                parser.nextToken();
            }
        } while (depth > 0);
    }
}
