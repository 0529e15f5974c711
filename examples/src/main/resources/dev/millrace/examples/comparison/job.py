# One mail over a bare socket. "one PORT" sends it in this process; "crew PORT AT_ONCE" is a warm
# process that reads "go JOBS" lines and forks a child for each job, so many at once.
import os
import socket
import sys
import time


def send(port):
    with socket.create_connection(("127.0.0.1", port), 120) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = connection.makefile("rb")

        def expect(code):
            line = answers.readline()
            if not line.startswith(code + b" "):
                raise IOError("expected answer %r, got %r" % (code, line))

        expect(b"220")
        for code, said in (
            (b"250", b"HELO comparison.example"),
            (b"250", b"MAIL FROM:<a@comparison.example>"),
            (b"250", b"RCPT TO:<b@comparison.example>"),
            (b"354", b"DATA"),
            (b"250", b"Subject: one\r\n\r\nOne mail.\r\n."),
        ):
            connection.sendall(said + b"\r\n")
            expect(code)
        connection.sendall(b"QUIT\r\n")


def fork(port, jobs, at_once):
    running = 0
    failed = 0
    start = time.monotonic()
    while jobs or running:
        if jobs and running < at_once:
            if os.fork() == 0:
                try:
                    send(port)
                    os._exit(0)
                except BaseException as problem:
                    print(problem, file=sys.stderr)
                    os._exit(1)
            jobs -= 1
            running += 1
        else:
            failed += os.wait()[1] != 0
            running -= 1
    return time.monotonic() - start, failed


if sys.argv[1] == "one":
    send(int(sys.argv[2]))
else:
    send(int(sys.argv[2]))
    print("ready", flush=True)
    for line in sys.stdin:
        if line == "gc\n":
            print("clean", flush=True)
            continue
        seconds, failed = fork(int(sys.argv[2]), int(line.split()[1]), int(sys.argv[3]))
        print("done %f %d" % (seconds, failed), flush=True)
