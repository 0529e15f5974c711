package dev.millrace.chaos;

import dev.millrace.chaos.Evidence.Found;
import dev.millrace.chaos.Evidence.Request;
import dev.millrace.job.Attempt.End;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is counted over the rounds. Used by one thread. */
final class Tally {
    private int rounds;
    private int requests;
    private int receipts;
    private int duplicateKeys;
    private int lostAnswers;
    private int lostAnswersMade;
    private int jobs;
    private int runs;
    private int attempts;
    private int rescued;
    private int pagesRepeated;
    private int stepsRepeated;
    private int unawareRuns;
    private final Map<Deed, Integer> deeds = new TreeMap<>();
    private final Map<Fault, List<Double>> recoveries = new TreeMap<>();

    void add(Evidence evidence, List<Faults.Struck> struck) {
        rounds++;
        requests += evidence.requests().size();
        var made = new HashSet<Long>();
        for (Found job : evidence.found()) {
            made.add(job.nonce());
            deeds.merge(job.deed(), 1, Integer::sum);
            attempts += job.history().size();
            rescued += (int) job.history().stream().filter(p -> p.end() == End.RESCUED).count();
            repeats(evidence, job);
        }
        jobs += evidence.found().size();
        for (Request request : evidence.requests()) {
            if (request.accepted()) {
                receipts++;
            } else if (request.duplicate()) {
                duplicateKeys++;
            } else {
                lostAnswers++;
                lostAnswersMade += made.contains(request.nonce()) ? 1 : 0;
            }
        }
        runs += evidence.runs().size();
        unawareRuns += (int) evidence.runs().stream().filter(run -> !evidence.isAware(run)).count();
        struck.forEach(fault -> recovery(evidence, fault));
    }

    private void repeats(Evidence evidence, Found job) {
        var pages = new HashSet<String>();
        var bodies = new HashSet<String>();
        for (Run run : evidence.runs()) {
            if (run.job() == job.id()) {
                for (Run.Note note : run.notes()) {
                    if (note.what().equals(Run.PAGE) && !pages.add(note.value())) {
                        pagesRepeated++;
                    }
                    if (note.what().equals(Run.BODY) && !bodies.add(note.value())) {
                        stepsRepeated++;
                    }
                }
            }
        }
    }

    /** From the fault to the next start of each job that its victim ran. */
    private void recovery(Evidence evidence, Faults.Struck fault) {
        if (fault.fault() != Fault.KILL && fault.fault() != Fault.FREEZE_LONG) {
            return;
        }
        for (Run victim : evidence.runs()) {
            if (victim.process().equals(fault.victim())
                    && victim.begin() < fault.nanos()
                    && victim.end() > fault.nanos()
                    && (fault.fault() == Fault.FREEZE_LONG || victim.how() == Run.How.CUT)) {
                evidence.runs().stream()
                        .filter(run -> run.job() == victim.job() && run.begin() > fault.nanos())
                        .min(Comparator.comparingLong(Run::begin))
                        .ifPresent(run ->
                                recoveries
                                        .computeIfAbsent(fault.fault(), f -> new ArrayList<>())
                                        .add((run.begin() - fault.nanos()) / 1e9));
            }
        }
    }

    int rounds() {
        return rounds;
    }

    /** Everything counted, by name, in the order in which it is shown. */
    Map<String, Object> figures() {
        var figures = new LinkedHashMap<String, Object>();
        figures.put("rounds", rounds);
        figures.put("requests", requests);
        figures.put("receipts", receipts);
        figures.put("answeredAsDuplicateOfAKey", duplicateKeys);
        figures.put("answersLost", lostAnswers);
        figures.put("answersLostButAccepted", lostAnswersMade);
        figures.put("jobs", jobs);
        figures.put("jobsByKind", deeds);
        figures.put("handlerRuns", runs);
        figures.put("attemptsRecorded", attempts);
        figures.put("attemptsRescued", rescued);
        figures.put("pagesDoneTwice", pagesRepeated);
        figures.put("stepsBegunTwice", stepsRepeated);
        figures.put("runsFrozenOrCutOff", unawareRuns);
        recoveries.forEach((fault, seconds) -> {
            Collections.sort(seconds);
            figures.put(
                    "recoverySeconds." + fault.text(),
                    Map.of(
                            "jobs", seconds.size(),
                            "median", seconds.get(seconds.size() / 2),
                            "max", seconds.getLast()));
        });
        return figures;
    }
}
