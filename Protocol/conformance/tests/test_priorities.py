"""Attacker, server and client on one machine: who goes first, and that it is over afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from unittest import mock

from tandem_conformance.abuse.priorities import Favoured, threads_of

# Says when it has begun, and then begins a thread for every line that it reads.
PROGRAM = """
import sys, threading, time
print("ready", flush=True)
for line in sys.stdin:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    print("began", flush=True)
"""


def may_favour() -> bool:
    """Whether this process has the right to."""
    if not hasattr(os, "SCHED_RR"):
        return False
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return False
    os.sched_setscheduler(0, *before)
    return True


class Program:
    """Such a program, running."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        self.pid = self._process.pid
        self._hear()

    def begin_thread(self) -> None:
        """Has it begin one more."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._hear()

    def policies(self) -> list[int]:
        """One for each thread."""
        return [os.sched_getscheduler(thread) for thread in threads_of(self.pid)]

    def close(self) -> None:
        """Ends it."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.kill()
        self._process.wait()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.readline()


class PriorityTests(unittest.TestCase):
    def program(self) -> Program:
        program = Program()
        self.addCleanup(program.close)
        return program

    @unittest.skipUnless(may_favour(), "needs root, or CAP_SYS_NICE")
    def test_all_threads_go_first_for_a_while_also_those_that_begin_meanwhile(self) -> None:
        program = self.program()
        program.begin_thread()
        with Favoured([(program.pid, 2)]) as favoured:
            program.begin_thread()
            self.assertEqual(program.policies(), [os.SCHED_RR] * 3)
            self.assertEqual(os.sched_getparam(program.pid).sched_priority, 2)
            self.assertTrue(favoured.is_granted)
        self.assertEqual(program.policies(), [os.SCHED_OTHER] * 3)

    @unittest.skipUnless(hasattr(os, "SCHED_RR"), "needs Linux's scheduling policies")
    def test_without_the_right_the_attacker_stands_back(self) -> None:
        program, attacker = self.program(), self.program()
        allowed = os.sched_setscheduler

        def only_idle(pid: int, policy: int, parameters: os.sched_param) -> None:
            if policy != os.SCHED_IDLE:
                raise PermissionError
            allowed(pid, policy, parameters)

        with mock.patch("os.sched_setscheduler", only_idle):
            with Favoured([(program.pid, 1)], [attacker.pid]) as favoured:
                self.assertFalse(favoured.is_granted)
                self.assertEqual(program.policies(), [os.SCHED_OTHER])
                self.assertEqual(attacker.policies(), [os.SCHED_IDLE])

    @unittest.skipUnless(may_favour(), "needs root, or CAP_SYS_NICE")
    def test_with_the_right_the_attacker_is_as_busy_as_it_can(self) -> None:
        program, attacker = self.program(), self.program()
        with Favoured([(program.pid, 1)], [attacker.pid]):
            self.assertEqual(attacker.policies(), [os.SCHED_OTHER])

    @unittest.skipUnless(hasattr(os, "SCHED_RR"), "needs Linux's scheduling policies")
    def test_a_process_that_is_gone_hinders_nobody(self) -> None:
        program = Program()
        with Favoured([(program.pid, 1)]):
            program.close()
        with Favoured([(program.pid, 1)]) as favoured:
            self.assertFalse(favoured.is_granted)
