package dev.millrace;

/**
 * The jobs of one application, for a worker that is started from the command line: {@code millrace
 * work --app com.example.Jobs --classpath app.jar}. An implementation is public and has a public
 * constructor without parameters; it is made once, before the worker starts.
 *
 * <pre>{@code
 * public final class Jobs implements App {
 *     public void configure(MillraceBuilder builder) {
 *         builder.handle(REMIND, (reminder, job) -> mailer.send(reminder.to()));
 *     }
 * }
 * }</pre>
 */
@FunctionalInterface
public interface App {
    /**
     * Adds this application's handlers. Store, queues and times belong to the command line.
     *
     * @param builder of the worker about to start; not to be kept or started here
     */
    void configure(MillraceBuilder builder);
}
