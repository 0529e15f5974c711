"""Walks pages, resuming where an earlier run stopped: python3 walk.py http://127.0.0.1:8321 [name]

Payload: {"pages": 100, "pageMillis": 20, "ledger": "/tmp/pages"}; each finished page is a line there.
"""

import sys, time
from millrace import Stop, Worker


def walk(job):
    try:
        return pages(job)
    except Stop as e:
        print("job %d stopped: %s" % (job.id, e))
        raise


def pages(job):
    first = job.checkpoint["page"] if job.checkpoint else 0
    for page in range(first, job.payload["pages"]):
        time.sleep(job.payload["pageMillis"] / 1000)
        with open(job.payload["ledger"], "a") as ledger:
            ledger.write("%d %d\n" % (job.id, page))
        job.keep({"page": page + 1})
        job.progress(page + 1, job.payload["pages"])
    return {"pages": job.payload["pages"], "first": first}


if __name__ == "__main__":
    name = sys.argv[2] if len(sys.argv) > 2 else None
    Worker(sys.argv[1], {"walks": 8}, {"walk": walk}, lease="5s", drain=5, name=name).run()
