"""The kill score: how many planted faults a tester finds, and how precisely it says where they are.

`python -m benchmarks.kill_score` runs servers that enforce a contract but for one keyword occurrence (`ablation`), and
servers with one coded fault (`defects`), under prove400 and under Schemathesis.
"""
