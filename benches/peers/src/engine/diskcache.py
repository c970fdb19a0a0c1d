"""diskcache, driven over pipes: a request is a line of JSON with its bytes behind it, and so is an answer.

Operations are timed here, beside the calls, and checked by whoever asks: nothing but the call lies between the two looks
at the clock. What looking costs is measured first and taken off.
"""

import json
import sys
import time

import diskcache

POLICIES = {
    "lrs": "least-recently-stored",
    "lru": "least-recently-used",
    "lfu": "least-frequently-used",
}
UNBOUNDED = 1 << 60

requests = sys.stdin.buffer
answers = sys.stdout.buffer


def overhead():
    """The nanoseconds that looking at the clock takes."""
    looks = sorted(-time.perf_counter_ns() + time.perf_counter_ns() for _ in range(10001))
    return looks[len(looks) // 2]


def anonymous():
    """The bytes of this process that no file lies behind."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as rollup:
        for line in rollup:
            if line.startswith("Anonymous:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not tell")


class Driver:
    """One cache, and the operations that were loaded."""

    def __init__(self):
        self.cache = None
        self.loaded = []
        self.nanos = []
        self.found = []
        self.span = [0, 0]
        self.overhead = overhead()

    def open(self, opening):
        begun = time.perf_counter_ns()
        self.cache = diskcache.Cache(
            opening["directory"], eviction_policy=POLICIES[opening["policy"]], size_limit=UNBOUNDED
        )
        return {"nanos": [time.perf_counter_ns() - begun]}, b""

    def fill(self, operations):
        with self.cache.transact():
            for operation in operations:
                self.cache.set(operation["key"], requests.read(operation["length"]))
        return {}, b""

    def load(self, operations):
        self.loaded = [
            (operation["act"], operation["key"], requests.read(operation["length"])) for operation in operations
        ]
        return {}, b""

    def go(self):
        cache_set, cache_get, cache_delete = self.cache.set, self.cache.get, self.cache.delete
        clock = time.perf_counter_ns
        nanos, found = [], []
        began = time.time_ns()
        for act, key, value in self.loaded:
            if act == "set":
                begun = clock()
                cache_set(key, value, retry=True)
                ended = clock()
            elif act == "delete":
                begun = clock()
                cache_delete(key, retry=True)
                ended = clock()
            else:
                begun = clock()
                value = cache_get(key, retry=True)
                ended = clock()
                found.append(value)
            nanos.append(max(ended - begun - self.overhead, 0))
        self.span = [began, time.time_ns()]
        self.nanos, self.found = nanos, found
        return {}, b""

    def report(self):
        answer = {
            "nanos": self.nanos,
            "found": [None if value is None else len(value) for value in self.found],
            "span": self.span,
        }
        return answer, b"".join(value for value in self.found if value is not None)

    def bound(self):
        self.cache.reset("size_limit", self.cache.volume())
        return {}, b""

    def settle(self):
        self.cache._sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return {}, b""

    def entries(self):
        return {"number": len(self.cache)}, b""

    def anonymous(self):
        return {"number": anonymous()}, b""


def main():
    driver = Driver()
    for line in requests:
        request = json.loads(line)
        asked = request.pop("do")
        try:
            answer, payload = getattr(driver, asked)(**request)
        except Exception as error:  # whoever asked is told, and decides
            answer, payload = {"failed": f"{type(error).__name__}: {error}"}, b""
        answers.write(json.dumps(answer).encode() + b"\n" + payload)
        answers.flush()


main()
