package dev.millrace.examples.smtp;

import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;

import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPSenderFailedException;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Properties;

/**
 * Sends mail by SMTP, a connection for each: its caller waits on a virtual thread until the server
 * has answered. Thread-safe.
 */
public final class Mailer {
    private static final String HOST = "millrace.example";

    private final Session session;
    private final InetSocketAddress server;
    private final String from;

    /** The server said "not now" (4xx), or could not be spoken to: another try may succeed. */
    public static final class NotNow extends Exception {
        private static final long serialVersionUID = 1L;

        NotNow(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The server said "never" (5xx), or the address is none. */
    public static final class Never extends Exception {
        private static final long serialVersionUID = 1L;

        Never(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * A mailer that has connected to nothing yet.
     *
     * @param from the address of the sender
     * @param patience with each answer of the server
     */
    public Mailer(InetSocketAddress server, String from, Duration patience) {
        String millis = Long.toString(patience.toMillis());
        var properties = new Properties();
        properties.setProperty("mail.smtp.connectiontimeout", millis);
        properties.setProperty("mail.smtp.timeout", millis);
        properties.setProperty("mail.smtp.localhost", HOST);
        // the answer to the farewell tells nothing
        properties.setProperty("mail.smtp.quitwait", "false");
        this.session = Session.getInstance(properties);
        this.server = server;
        this.from = from;
    }

    /** Sends one mail; when it returns, the server has taken it over. */
    public void send(Mail mail) throws NotNow, Never {
        try (Transport transport = session.getTransport("smtp")) {
            InternetAddress[] to = {new InternetAddress(mail.to(), true)};
            transport.connect(server.getHostString(), server.getPort(), null, null);
            transport.sendMessage(new Text(session, mail, from, to), to);
        } catch (AddressException e) {
            throw new Never("expected a mail address, got '" + mail.to() + "'", e);
        } catch (MessagingException e) {
            int code = code(e);
            String text =
                    "expected the server to take the mail to %s, got %s"
                            .formatted(mail.to(), said(e));
            if (code >= 500) {
                throw new Never(text, e);
            }
            throw new NotNow(text, e);
        }
    }

    /** The server's answer; 0 when there was none. */
    private static int code(MessagingException failure) {
        for (Exception e = failure; e instanceof MessagingException at; e = at.getNextException()) {
            int code =
                    switch (at) {
                        case SMTPAddressFailedException address -> address.getReturnCode();
                        case SMTPSenderFailedException sender -> sender.getReturnCode();
                        case SMTPSendFailedException send -> send.getReturnCode();
                        default -> 0;
                    };
            if (code >= 400) {
                return code;
            }
        }
        return 0;
    }

    /** What the innermost failure says: the server's own words come last. */
    private static String said(MessagingException failure) {
        Exception last = failure;
        while (last instanceof MessagingException at && at.getNextException() != null) {
            last = at.getNextException();
        }
        String message = last instanceof SendFailedException ? last.getMessage() : last.toString();
        return String.valueOf(message).strip();
    }

    /** A message that keeps the id it was given. */
    private static final class Text extends MimeMessage {
        private final String messageId;

        Text(Session session, Mail mail, String from, InternetAddress[] to)
                throws MessagingException {
            super(session);
            this.messageId = mail.messageId();
            setFrom(from);
            setRecipients(Message.RecipientType.TO, to);
            setSubject(mail.subject(), "UTF-8");
            setText(mail.text(), "UTF-8");
            saveChanges();
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", messageId);
        }
    }
}
