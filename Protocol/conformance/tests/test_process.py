"""What the system tells of processes: of this one, of others, and of those that are gone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import unittest
from pathlib import Path

from tandem_conformance import process
from tandem_conformance.process import MemoryWatch, resident_kib, waited_ms

TWO_ON_ONE_PROCESSOR = """
import os, signal, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
other = os.fork()
end = time.process_time() + 0.2
while time.process_time() < end:
    pass
os.write(1, b"%d\\n" % os.getpid())
if other:
    input()
    os.kill(other, signal.SIGKILL)
else:
    signal.pause()
"""


class WaitingTests(unittest.TestCase):
    def test_a_wait_for_a_processor_only_grows(self) -> None:
        before = waited_ms([os.getpid()])
        # Timed: a count that only grows.
        self.assertGreaterEqual(waited_ms([os.getpid()]), before)

    @unittest.skipUnless(Path("/proc/self/schedstat").exists(), "this system does not tell")
    def test_who_is_kept_from_the_processor_waited(self) -> None:
        program = subprocess.Popen(
            [sys.executable, "-c", TWO_ON_ONE_PROCESSOR], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )
        # Whatever comes of it: it ends itself and its other half then.
        self.addCleanup(program.communicate, "end\n")
        assert program.stdout is not None
        pids = [int(program.stdout.readline()) for _ in range(2)]
        # Timed: of two that want 200 ms each from the same moment on, one waits for the other.
        self.assertGreater(waited_ms(pids), 100)

    def test_of_a_process_that_is_gone_nothing_is_told(self) -> None:
        program = subprocess.Popen([sys.executable, "-c", ""])
        program.wait()
        self.assertEqual(waited_ms([program.pid]), 0)
        self.assertEqual(process.family(program.pid), [program.pid])
        self.assertEqual(process.descriptors(program.pid), 0)


class MemoryTests(unittest.TestCase):
    def test_the_peak_is_seen_although_it_is_gone(self) -> None:
        with MemoryWatch(os.getpid(), every_seconds=0.005) as watch:
            block = bytearray(64 << 20)
            block[:: 4096] = b"x" * len(block[:: 4096])
            # Until it was seen; if it never is, the runner ends the test.
            while watch.growth_kib <= 50 << 10:
                time.sleep(0.005)
            del block
        self.assertGreater(watch.growth_kib, 50 << 10)
        self.assertLess(resident_kib(os.getpid()) or 0, watch.peak_kib)


@unittest.skipUnless(Path("/proc/self/status").exists(), "this system does not tell")
class ProcessTests(unittest.TestCase):
    def test_the_status_tells_sizes_in_kib_and_counts(self) -> None:
        status = process.status(os.getpid())
        self.assertGreaterEqual(status["VmHWM"], status["VmRSS"])
        self.assertGreater(status["VmRSS"], 1 << 10)
        self.assertLess(status["VmRSS"], 1 << 30)
        self.assertGreaterEqual(status["Threads"], 1)

    def test_an_open_file_is_a_descriptor_more(self) -> None:
        before = process.descriptors(os.getpid())
        with open(os.devnull, "rb"):
            self.assertEqual(process.descriptors(os.getpid()), before + 1)

    def test_work_takes_processor_time(self) -> None:
        before, spent = process.cpu_seconds(os.getpid()), time.process_time()
        while time.process_time() < spent + 0.2:
            pass
        # Timed: processor time, whoever else has the machine.
        self.assertGreater(process.cpu_seconds(os.getpid()) - before, 0.1)

    def test_of_a_process_that_is_gone_nothing_is_told(self) -> None:
        program = subprocess.Popen([sys.executable, "-c", ""])
        program.wait()
        self.assertEqual(process.status(program.pid), {})
        self.assertIsNone(resident_kib(program.pid))
        self.assertEqual(process.cpu_seconds(program.pid), 0)
        self.assertEqual(process.descriptors(program.pid), 0)
        self.assertEqual(process.family(program.pid), [program.pid])


if __name__ == "__main__":
    unittest.main()
