package dev.millrace.web.http;

/** The methods that routes answer to; HEAD is GET without its body. */
public enum Method {
    /** Looks, changes nothing. */
    GET,
    /** Adds or acts. */
    POST,
    /** Changes a part. */
    PATCH,
    /** Removes. */
    DELETE
}
