"""The abuse cases (106 to 116): what a hostile peer costs the server and the other clients.

An abuser, its twin, a probe and a stand-in for the server (the sink) run as programs of their own,
so that none waits for another's interpreter. Quiet and abuse take turns in short windows, and the
figures are the medians of the windows' percentiles:

- `idle_*`: the probe alone on the machine;
- `quiet_*`: the abuser's twin works on the sink, so that the machine is as busy as under abuse;
- `abuse_*`: the abuser works on the server. A p99 above `p99_bound_ms` is looked at again, and
  fails the case when it was too high three times in a row (`earlier_p99_ms`).
- `rss_growth_kib`: the server's highest resident memory during all that, above what it was
  before; `rss_bound` says which limits the bound is made of. A connection counts 80 KiB (one read
  of 64 KiB, and the server's own notes), and what no limit counts is 16 MiB.

`TANDEM_CONFORMANCE_LONG=1` makes the windows longer, and the damaged frames a million.
"""
