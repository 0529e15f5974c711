package dev.millrace.web.job;

import static java.util.stream.Collectors.joining;

import dev.millrace.job.MillraceException;

import java.util.List;
import java.util.OptionalInt;

/** Text that is no acceptable job, with every fault that was found. */
public final class InvalidJob extends MillraceException {
    private static final long serialVersionUID = 1L;

    /** No more faults than this are kept. */
    public static final int MAX_FAULTS = 20;

    private final transient List<Fault> faults;
    private final boolean tooLarge;

    /**
     * One fault.
     *
     * @param member the member at fault; empty when it is the whole
     * @param detail what was expected and what was got
     * @param line where the text stopped making sense, from 1
     * @param column where in that line, from 1
     */
    public record Fault(String member, String detail, OptionalInt line, OptionalInt column) {
        static Fault of(String member, String detail) {
            return new Fault(member, detail, OptionalInt.empty(), OptionalInt.empty());
        }

        static Fault at(String detail, int line, int column) {
            return new Fault("", detail, OptionalInt.of(line), OptionalInt.of(column));
        }
    }

    InvalidJob(Fault fault) {
        this(List.of(fault));
    }

    InvalidJob(List<Fault> faults) {
        this(faults, false);
    }

    InvalidJob(List<Fault> faults, boolean tooLarge) {
        super(Code.INVALID_INPUT, faults.stream().map(Fault::detail).collect(joining("; ")));
        this.faults = List.copyOf(faults);
        this.tooLarge = tooLarge;
    }

    /** Whether its only fault is that the payload is too large. */
    public boolean isTooLarge() {
        return tooLarge;
    }

    /** Every fault, at least one, at most {@value #MAX_FAULTS}. */
    public List<Fault> faults() {
        return faults;
    }
}
