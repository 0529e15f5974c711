package dev.millrace.web.http;

/** Whether what a route does is kept in the audit log. */
public enum Trace {
    /** Whatever changes something is, whoever asks: the default. */
    ACTIONS,
    /** Only when a person asks: programs do it all the time. */
    PEOPLE,
    /** Never: it is how workers and programs talk, or changes nothing. */
    NEVER
}
