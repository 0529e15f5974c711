package dev.millrace.chaos;

import dev.millrace.chaos.Evidence.Found;
import dev.millrace.chaos.Evidence.Outage;
import dev.millrace.chaos.Evidence.Request;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All that is known of one job, told in the order in which it happened. */
final class Story {
    private record Line(long nanos, String text) {}

    private Story() {}

    static String of(long job, Evidence evidence, List<Faults.Struck> struck) {
        var lines = new ArrayList<Line>();
        for (Run run : evidence.runs()) {
            if (run.job() == job) {
                tell(run, lines);
            }
        }
        for (Faults.Struck fault : struck) {
            lines.add(
                    new Line(
                            fault.nanos(),
                            "FAULT %s %s for %d ms"
                                    .formatted(
                                            fault.fault().text(), fault.victim(), fault.millis())));
        }
        for (Outage outage : evidence.outages()) {
            lines.add(new Line(outage.from(), outage.process() + " stands still or is cut off"));
            lines.add(new Line(outage.to(), outage.process() + " goes on"));
        }
        var text = new StringBuilder("the story of job ").append(job).append('\n');
        for (Found found : evidence.found()) {
            if (found.id() == job) {
                text.append("  in the store: ").append(found).append('\n');
                for (Request request : evidence.requests()) {
                    if (request.nonce() == found.nonce()) {
                        lines.add(new Line(request.sent(), "sent " + request));
                        lines.add(new Line(request.answered(), "answered"));
                    }
                }
            }
        }
        lines.sort(Comparator.comparingLong(Line::nanos));
        long first = lines.isEmpty() ? 0 : lines.getFirst().nanos();
        for (Line line : lines) {
            text.append("  %10.3f ms  %s%n".formatted((line.nanos() - first) / 1e6, line.text()));
        }
        return text.toString();
    }

    private static void tell(Run run, List<Line> lines) {
        String who = "%s run %d (worker %d, attempt %d)";
        String name = who.formatted(run.process(), run.number(), run.worker(), run.attempt());
        lines.add(new Line(run.begin(), name + " begins"));
        for (Run.Note note : run.notes()) {
            lines.add(new Line(note.nanos(), name + " " + note.what() + " " + note.value()));
        }
        lines.add(new Line(run.end(), name + " ends: " + run.how()));
    }
}
