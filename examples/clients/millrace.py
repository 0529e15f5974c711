"""A worker for Millrace, by Python's standard library alone (3.9 or newer).

    Worker("http://127.0.0.1:8321", {"mail": 8}, {"mail.remind": lambda job: send(job.payload)}).run()

A handler has a thread of its own; it returns a result, or raises Snooze, Skip, Discard, or anything
else, which has the job tried again by its policy. What it reports raises Stop when the job is
another's, was cancelled or is to be handed back: let it pass.
"""

import contextlib, http.client, json, os, random, signal, socket, threading, time, traceback
from urllib.parse import urlsplit

AWAY = (OSError, http.client.HTTPException)

class Stop(Exception): "The handler is to end now."
class Refused(Exception): "The server will not take this."
class Snooze(Exception): 'Run the job again later: Snooze("10m", "not open yet").'
class Discard(Exception): "No further try makes sense."
class Skip(Exception): "The work is not wanted any more."

class Job:
    """A claimed job: id, kind, queue, payload, attempt, tags, checkpoint, steps and the rest."""

    def __init__(self, worker, given):
        self.checkpoint, self.steps = None, {}
        self.__dict__.update(given)
        self.worker, self.end, self.reason = worker, None, ""

    def say(self, what, **members):
        if self.end and what in ("progress", "checkpoint", "log"):
            raise Stop(self.end)
        return self.worker.call("%d/%s" % (self.id, what), dict(members, token=self.token), self)

    def progress(self, done, total=0, message=None):
        self.say("progress", done=done, total=total, message=message)

    def keep(self, checkpoint):  # where to resume: durable when it returns
        self.say("checkpoint", checkpoint=checkpoint)
        self.checkpoint = checkpoint

    def step(self, name, body):  # the body is called once for all attempts; its result is kept
        if name not in self.steps:
            result = body()
            self.say("checkpoint", steps={name: result})
            self.steps[name] = result
        return self.steps[name]

    def log(self, message, level="info"):
        self.say("log", lines=[{"level": level, "message": message}])

class Worker:
    def __init__(self, url, queues, handlers, lease="30s", drain=30, bearer=None, name=None):
        self.base, self.queues, self.handlers = urlsplit(url), queues, handlers
        self.lease, self.drain, self.bearer = lease, drain, bearer
        self.name = name or "%s:%d" % (socket.gethostname(), os.getpid())
        self.id, self.request, self.settled, self.held, self.claiming = 0, 0, 0, {}, None
        self.change, self.over, self.local = threading.Condition(), threading.Event(), threading.local()
        self.draining, self.kinds = False, {kind: [1] for kind in handlers}

    def send(self, path, body, timeout):  # one try, over this thread's own connection
        link = getattr(self.local, "link", None)
        if link is None:
            kind = http.client.HTTPSConnection if self.base.scheme == "https" else http.client.HTTPConnection
            link = self.local.link = kind(self.base.hostname, self.base.port, timeout=timeout)
        headers = {"Content-Type": "application/json"}
        headers.update({"Authorization": "Bearer " + self.bearer} if self.bearer else {})
        try:
            if link.sock is None:
                link.connect()
            link.sock.settimeout(timeout)
            self.claiming = link.sock if path == "claim" else self.claiming
            link.request("POST", self.base.path.rstrip("/") + "/api/v1/work/" + path, json.dumps(body), headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        except Exception:
            link.close()
            raise

    def call(self, path, body, job=None, timeout=30):  # until it answers: saying a thing twice is safe
        wait = 0.1
        while True:
            try:
                status, text = self.send(path, body, timeout)
                if status < 300:
                    return json.loads(text) if text else None
                if status == 409 and job:
                    job.end = "lost"
                elif status not in (408, 429, 500, 502, 503, 504):
                    raise Refused(status, text.decode("utf-8", "replace"))
            except AWAY:
                pass
            if self.over.is_set() or path == "claim" and self.draining or job and job.end == "lost":
                raise Stop("the job is another's, or the worker stops")
            time.sleep(wait * (0.5 + random.random()))
            wait = min(wait * 2, 5)

    def register(self):
        me = {"name": self.name, "version": "python", "queues": self.queues, "lease": self.lease,
              "kinds": self.kinds}
        answer = self.call("register", me)
        with self.change:
            for job in self.held.values():
                job.end = "lost"
            self.id, self.request, self.settled, self.held = answer["worker"], 0, 0, {}
            self.pause = answer["heartbeatMillis"] / 1000

    def beat(self):
        after = 0
        while not self.over.wait(self.pause):
            with self.change:
                body = {"worker": self.id, "settled": self.settled, "after": after,
                        "jobs": {str(job.id): job.token for job in self.held.values()}}
                held = dict(self.held)
            try:
                status, text = self.send("heartbeat", body, self.pause)
                if status == 409 and body["worker"] == self.id:
                    self.register()
                if status >= 300:
                    continue
                told = json.loads(text)
                after, self.draining = told["next"], self.draining or told["drain"]
                for lost in told["lost"]:
                    held[lost].end = "lost"
                for job in (held[int(each)] for each in told["cancel"] if int(each) in held):
                    job.reason, job.end = told["cancel"][str(job.id)], job.end or "cancelled"
            except AWAY + (Stop, Refused):
                continue  # the next beat says it all again

    def claim(self):
        with self.change:
            free = {queue: min(100, slots - sum(job.queue == queue for job in self.held.values()))
                    for queue, slots in self.queues.items()}
            free = {queue: slots for queue, slots in free.items() if slots > 0}
            if not free or any(job.alone for job in self.held.values()):
                return self.change.wait(1)
            self.request += 1
            body = {"worker": self.id, "request": self.request, "queues": free, "wait": "20s", "kinds": self.kinds}
        try:
            given = self.call("claim", body, timeout=40)
        except Refused as e:
            if e.args[0] != 409:  # declared dead: the next beat registers anew
                raise
            return time.sleep(0.5)
        with self.change:
            if body["worker"] != self.id:
                return
            jobs = [Job(self, each) for each in given["jobs"]]
            self.held.update((job.id, job) for job in jobs)
            self.settled, self.draining = body["request"] + 1, self.draining or given["drain"]
            while any(job.alone for job in jobs) and len(self.held) > 1:
                self.change.wait(1)
        for job in jobs:
            threading.Thread(target=self.work, args=(job,), daemon=True).start()

    def work(self, job):
        try:
            try:
                job.say("complete", result=self.handlers[job.kind](job))
            except Stop:
                if job.end == "cancelled":
                    job.say("fail", type="cancelled", message=job.reason, cancelled=True)
                elif job.end == "released":
                    job.say("release")
            except Snooze as e:
                job.say("snooze", delay=e.args[0], reason=str(e.args[-1])[:1000])
            except Skip as e:
                job.say("complete", skipped=str(e)[:1000])
            except Exception as e:
                text, stack = str(e)[:1000], traceback.format_exc()[-8000:]  # no more is kept
                job.say("fail", type=type(e).__name__, message=text, stack=stack, retry=not isinstance(e, Discard))
        except (Stop, Refused) as e:
            print("job %d: its end was not taken: %s" % (job.id, e), flush=True)
        finally:
            with self.change:
                if self.held.get(job.id) is job:
                    del self.held[job.id]
                self.change.notify_all()

    def stop(self, *_):  # claims nothing more; run() returns when all has ended or was handed back
        self.draining = True
        with contextlib.suppress(OSError, AttributeError):
            self.claiming.shutdown(socket.SHUT_RDWR)

    def run(self):
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self.stop)
        self.register()
        threading.Thread(target=self.beat, daemon=True).start()
        with contextlib.suppress(Stop):
            while not self.draining:
                self.claim()
        end = time.monotonic() + self.drain
        with self.change:
            while self.held and time.monotonic() < end + 10:
                for job in self.held.values() if time.monotonic() >= end else ():
                    job.end = job.end or "released"
                self.change.wait(0.2)
        self.call("leave", {"worker": self.id})
        self.over.set()
