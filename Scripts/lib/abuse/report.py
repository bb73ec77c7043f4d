"""The figures of a run, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tandem_conformance.abuse.figures import percentile

from .verdict import MIB, Finding, Seen


def lines(seen: Seen, facts: dict[str, Any], findings: list[Finding]) -> Iterator[str]:
    """What is printed."""
    usage = facts["usage"]
    yield ""
    yield (f"server   peak {usage['rss_peak'] // MIB} MiB resident, {usage['anon_peak'] // MIB} MiB"
           f" anonymous, {usage['data_peak'] // MIB} MiB data;"
           f" {facts['idle_mib']} MiB before, {usage['rss_last'] // MIB} MiB in the end")
    yield (f"         {facts['cpu_share']:.2f} of a processor, {usage['threads_peak']} threads,"
           f" {usage['descriptors_peak']} descriptors")
    yield from _of_the_budget(facts["statuses"])
    if seen.client is not None:
        yield from _of_the_client(seen.client)
    for name, tally in seen.abusers.items():
        did = ", ".join(f"{count:,} {what}" for what, count in sorted((tally or {}).items()))
        yield f"{name}: {did or 'nothing'}"
    yield ""
    for finding in findings:
        detail = f" ({finding.detail})" if finding.detail else ""
        yield f"{'ok    ' if finding.holds else 'FAILED'} {finding.what}{detail}"


def _of_the_budget(statuses: list[dict[str, Any]]) -> Iterator[str]:
    """The most that each use of the memory was seen to take, by what the server itself says."""
    memories = [status["memory"] for status in statuses if status.get("memory")]
    if not memories:
        return
    peaks: dict[str, int] = {}
    for memory in memories:
        for use in memory["uses"]:
            peaks[use["name"]] = max(peaks.get(use["name"], 0), use["bytes"])
    uses = ", ".join(f"{name} {count // MIB}" for name, count in peaks.items())
    short = sum(bool(memory["is_short"]) for memory in memories)
    yield (f"         the most counted, in MiB: {uses}; {memories[-1]['refusals']:,} refusals,"
           f" short in {short} of {len(memories)} looks")


def _of_the_client(client: Any) -> Iterator[str]:
    calls = ", ".join(f"{count:,} {what}" for what, count in sorted(client["calls"].items()))
    told = client["latencies_ms"] or [0.0]
    yield f"client   {calls}; {client['failed']} failed"
    yield (f"         p50 {percentile(told, 0.5):.1f} ms, p99 {percentile(told, 0.99):.1f}"
           f" ms, most {percentile(told, 1):.1f} ms, repeats included")
    refusals = ", ".join(f"{count:,} {what}" for what, count in sorted(client["refusals"].items()))
    yield f"         refused and repeated: {refusals or 'none'}"


def document(seen: Seen, facts: dict[str, Any], findings: list[Finding]) -> dict[str, Any]:
    """What --json writes."""
    client = dict(seen.client or {})
    told = client.pop("latencies_ms", None) or [0.0]
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    client |= {f"latency_ms_{name}": round(percentile(told, share), 2)
               for name, share in shares.items()}
    return {
        "passed": all(finding.holds for finding in findings), **facts, "client": client,
        "abusers": dict(seen.abusers), "findings": [finding.__dict__ for finding in findings],
    }
