package dev.millrace.chaos;

import dev.millrace.chaos.Evidence.Outage;
import dev.millrace.chaos.Evidence.Rebirth;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/** Reads one process's ledger as it grows. Used by one thread. */
final class LedgerReader {
    private final Path file;
    private final String process;
    private final Map<Long, Open> runs = new LinkedHashMap<>();
    private final List<Outage> stalls = new ArrayList<>();
    private final List<Long> reborn = new ArrayList<>();
    private long offset;
    private long refused;

    private static final class Open {
        private long job;
        private int attempt;
        private long worker;
        private long begin;
        private long end = Long.MAX_VALUE;
        private Run.How how = Run.How.CUT;
        private final List<Run.Note> notes = new ArrayList<>();
    }

    LedgerReader(Path file, String process) {
        this.file = file;
        this.process = process;
    }

    /** Takes in what was written since. */
    void read() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        byte[] fresh;
        try (var in = new RandomAccessFile(file.toFile(), "r")) {
            in.seek(offset);
            fresh = new byte[(int) (in.length() - offset)];
            in.readFully(fresh);
        }
        int whole = fresh.length;
        while (whole > 0 && fresh[whole - 1] != '\n') {
            whole--;
        }
        offset += whole;
        if (whole > 0) {
            new String(fresh, 0, whole, StandardCharsets.UTF_8).lines().forEach(this::take);
        }
    }

    private void take(String line) {
        String[] words = line.split(" ");
        long nanos = Long.parseLong(words[0]);
        switch (words[1]) {
            case "begin" -> {
                var run = new Open();
                run.job = Long.parseLong(words[3]);
                run.attempt = Integer.parseInt(words[4]);
                run.worker = Long.parseLong(words[5]);
                run.begin = nanos;
                runs.put(Long.parseLong(words[2]), run);
            }
            case "note" ->
                    runs.get(Long.parseLong(words[2]))
                            .notes
                            .add(new Run.Note(nanos, words[3], words[4]));
            case "end" -> {
                Open run = runs.get(Long.parseLong(words[2]));
                run.end = nanos;
                run.how = Run.How.valueOf(words[3]);
            }
            case "stall" -> stalls.add(outage(words));
            case "reborn" -> reborn.add(nanos);
            case "refused" -> refused = Long.parseLong(words[2]);
            default -> throw new IllegalArgumentException(line);
        }
    }

    private Outage outage(String[] words) {
        return new Outage(process, Long.parseLong(words[2]), Long.parseLong(words[3]));
    }

    /**
     * The runs read so far.
     *
     * @param death when the process's death was ordered; {@link Long#MAX_VALUE} while it lives
     */
    List<Run> runs(long death) {
        var all = new ArrayList<Run>();
        runs.forEach((number, run) ->
                all.add(
                        new Run(
                                process,
                                number,
                                run.job,
                                run.attempt,
                                run.worker,
                                run.begin,
                                Math.min(run.end, Math.max(death, run.begin)),
                                run.how,
                                run.notes)));
        return all;
    }

    /** When the process found that it had stood still. */
    List<Outage> stalls() {
        return List.copyOf(stalls);
    }

    /** When the process found that others had held it for dead. */
    List<Rebirth> reborn() {
        return reborn.stream().map(nanos -> new Rebirth(process, nanos)).toList();
    }

    long refused() {
        return refused;
    }

    /** Forgets the ended runs of jobs that are over. */
    void forget(LongPredicate over) {
        runs.values().removeIf(run -> over.test(run.job) && run.end != Long.MAX_VALUE);
        stalls.clear();
        reborn.clear();
    }
}
