"""What a run of Swift tests says of itself: the event stream of Swift Testing, read line by line.

`swift test --event-stream-output-path FILE --event-stream-version 0` writes a JSON object a line:
first one for each test, then one for each thing that happens
(https://github.com/swiftlang/swift-testing/blob/main/Documentation/ABI/JSON.md). A run whose
process dies says no more, and so leaves behind which tests had begun and not ended.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass
class SwiftRun:
    """The state of one run's tests, by their ids. Suites are left out: only tests are counted."""

    names: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    """Of the tests that have ended."""
    started: list[str] = field(default_factory=list)
    """In the order of their beginnings."""
    has_ended: bool = False
    """The run itself said that it was over: nothing ended it."""

    def read(self, line: str) -> None:
        """Takes in a line; one that was cut short by the end of the process says nothing."""
        try:
            record: dict[str, Any] = json.loads(line)
        except ValueError:
            return
        payload = record.get("payload", {})
        if record.get("kind") == "test":
            if payload.get("kind") == "function":
                self.names[payload["id"]] = name_of(payload)
            return
        kind = payload.get("kind")
        if kind == "runEnded":
            self.has_ended = True
        test = payload.get("testID")
        if test not in self.names:
            return
        if kind == "testStarted":
            self.started.append(test)
        elif kind == "testSkipped":
            self.outcomes[test] = SKIPPED
        elif kind == "testEnded":
            symbols = {message.get("symbol") for message in payload.get("messages", [])}
            self.outcomes[test] = FAILED if "fail" in symbols else PASSED

    @property
    def unfinished(self) -> list[str]:
        """Tests that have begun and not ended, the last one last."""
        return [test for test in self.started if test not in self.outcomes]


def name_of(payload: dict[str, Any]) -> str:
    """A test as people know it: its file, and its sentence."""
    file = payload.get("sourceLocation", {}).get("fileID", "?")
    return f"{file}: {payload.get('displayName') or payload.get('name', '?')}"


def pattern_of(test: str) -> str:
    """A regular expression for `swift test --skip` that this test's id matches.

    All that might mean something in it is left to any character: names are sentences.
    """
    name = test.rsplit("/", 1)[0] if ".swift:" in test else test
    return "".join(one if one.isascii() and one.isalnum() else "." for one in name)
