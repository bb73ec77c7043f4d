"""The abuse cases (106 to 116): what a hostile peer costs the server and the other clients.

An abuser, a probe and a stand-in for the server (the sink) run as programs of their own, so that
neither waits for the other's interpreter: see measure.py for what is measured against what.
"""
