package dev.millrace.server.demo;

import picocli.CommandLine;

/** The demo as a program of its own, for tests that kill it. */
final class DemoMain {
    private DemoMain() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new DemoCommand()).execute(args));
    }
}
