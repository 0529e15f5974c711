package dev.millrace.examples.comparison;

import java.io.IOException;

/** A process that does one job: {@code OneJob PORT}. */
final class OneJob {
    private OneJob() {}

    /** Sends one mail. */
    public static void main(String[] args) throws IOException {
        Dialogue.send(Integer.parseInt(args[0]));
    }
}
