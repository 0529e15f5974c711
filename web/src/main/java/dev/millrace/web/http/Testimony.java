package dev.millrace.web.http;

/** Has a request answered, and tells the witness what was done by it. */
final class Testimony {
    /** Says {@code late} where what was done is not in the audit log yet. */
    private static final String HEADER = "Millrace-Audit";

    private Testimony() {}

    static Response of(Request request, Witness witness) throws Exception {
        Response response = answer(request, witness);
        boolean kept = request.traced().orElse(response.status() < 400 && isKept(request));
        if (!kept) {
            return response;
        }
        return witness.saw(request) ? response : response.with(HEADER, "late");
    }

    private static Response answer(Request request, Witness witness) throws Exception {
        try {
            return request.route().handler().answer(request);
        } catch (Exception e) {
            if (request.isDoneInPart() && isKept(request)) {
                witness.saw(request);
            }
            throw e;
        }
    }

    private static boolean isKept(Request request) {
        return switch (request.route().trace()) {
            case ACTIONS -> true;
            case PEOPLE -> request.who().kind() == Who.Kind.USER;
            case NEVER -> false;
        };
    }
}
