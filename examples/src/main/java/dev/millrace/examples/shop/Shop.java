package dev.millrace.examples.shop;

import dev.millrace.App;
import dev.millrace.MillraceBuilder;
import dev.millrace.examples.smtp.Mail;
import dev.millrace.examples.smtp.Mailer;
import dev.millrace.job.JobContext;
import dev.millrace.job.JobRequest;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.Verdict;
import dev.millrace.schedule.Cron;
import dev.millrace.schedule.Ticks;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What the shop's workers do. An order makes four jobs ({@link #jobsOf}); two more come by the
 * clock, each tick once however many workers there are.
 */
final class Shop implements App {
    /** Who the mails come from. */
    static final String FROM = "desk@shop.example";

    /** Mails: they wait for a server, so many may run at once. */
    static final String MAIL = "mail";

    /** Invoices and archives: they take a processor and may take their time. */
    static final String EXPORT = "export";

    /** The screen in the store room. */
    static final String SCREEN = "screen";

    /** Adds sales up. */
    static final String SALES = "sales";

    /** Packs invoices. */
    static final String NIGHTLY = "nightly";

    /** Where the shop's clocks hang. */
    static final ZoneId ZONE = ZoneId.of("Europe/Paris");

    private static final RetryPolicy PATIENT =
            RetryPolicy.standard().attempts(15).backoff(Duration.ofSeconds(1), Duration.ofHours(4));

    /** Confirms an order: before all other mail. */
    static final Task<Order> CONFIRM = mail("shop.confirm").priority(8);

    /** Asks how it was, days later: after all other mail. */
    static final Task<Order> ASK = mail("shop.ask").priority(2);

    /** Writes the invoice. */
    static final Task<Order> INVOICE =
            Task.named("shop.invoice", Order.class).queue(EXPORT).priority(6);

    /** Tells the store room, soon or not at all. */
    static final Task<Order> SHOW = Task.named("shop.show", Order.class).queue(SCREEN);

    private static final Task<Tick> SUM = Task.named("shop.sum", Tick.class).queue(EXPORT);

    private static final Task<Tick> PACK =
            Task.named("shop.pack", Tick.class).queue(EXPORT).priority(2);

    private final Place place;
    private final Mailer mailer;
    private final Pace pace;

    /** Payload of what comes by the clock: nothing, the job says which tick it is. */
    record Tick() {}

    Shop(Place place, Mailer mailer, Pace pace) {
        this.place = place;
        this.mailer = mailer;
        this.pace = pace;
    }

    /** What follows from an order: a mail now and one later, an invoice, a line on the screen. */
    static Stream<JobRequest<?>> jobsOf(Order order, Pace pace) {
        return Stream.<JobRequest<?>>of(
                        CONFIRM.with(order),
                        ASK.with(order).delay(pace.askAfter()),
                        INVOICE.with(order),
                        SHOW.with(order).ttl(pace.showWithin()))
                .map(job -> job.tag(tag(order.number())));
    }

    /** What all jobs of an order carry. */
    static String tag(long order) {
        return "order:" + order;
    }

    @Override
    public void configure(MillraceBuilder builder) {
        builder.handle(CONFIRM, (order, job) -> send(order, "confirm", "Thank you for"))
                .handle(ASK, (order, job) -> send(order, "ask", "How do you like"))
                .handle(INVOICE, (order, job) -> invoice(order))
                .handle(SHOW, (order, job) -> show(order))
                .handle(SUM, (tick, job) -> sum(job))
                .handle(PACK, (tick, job) -> pack(job))
                .schedule(SALES, Cron.of(pace.sales(), ZONE), SUM.with(new Tick()))
                .schedule(NIGHTLY, Cron.of(pace.archive(), ZONE), PACK.with(new Tick()));
    }

    private Object send(Order order, String what, String greeting) throws Exception {
        String messageId = "<%s-%d@shop.example>".formatted(what, order.number());
        mailer.send(
                new Mail(
                        order.customer(),
                        "%s your %s".formatted(greeting, order.item()),
                        "Order %d.\n".formatted(order.number()),
                        messageId));
        place.note(what, Long.toString(order.number()));
        return messageId;
    }

    private Object invoice(Order order) throws Exception {
        place.invoice(
                order.number(),
                String.format(
                        Locale.ROOT,
                        "Invoice %d%nfor %s%n%s  %.2f%n",
                        order.number(),
                        order.customer(),
                        order.item(),
                        order.cents() / 100.0));
        place.note("invoice", Long.toString(order.number()));
        return order.number();
    }

    private Object show(Order order) throws Exception {
        place.show(order);
        place.note("show", Long.toString(order.number()));
        return order.number();
    }

    private Object sum(JobContext job) throws Exception {
        long invoices =
                place.ledger().stream().filter(done -> done.what().equals("invoice")).count();
        place.note(SALES, tick(job).toString());
        return invoices;
    }

    private Object pack(JobContext job) throws Exception {
        int invoices = place.archive(tick(job).toString());
        place.note(NIGHTLY, tick(job).toString());
        return invoices;
    }

    /** The tick it belongs to; when somebody triggered it by hand, the moment of that. */
    private static Instant tick(JobContext job) {
        return Ticks.moment(job.tags()).orElse(job.createdAt());
    }

    private static Task<Order> mail(String kind) {
        return Task.named(kind, Order.class)
                .queue(MAIL)
                .retry(PATIENT)
                .on(Mailer.Never.class, Verdict.discard());
    }
}
