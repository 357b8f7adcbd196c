"""Archive the handler, and start TorchServe on the loopback address: `start.py WORK PORT MANAGEMENT METRICS`."""

import os
import subprocess
import sys
from pathlib import Path

WORK, *PORTS = sys.argv[1:]
HERE = Path(__file__).parent
store = Path(WORK, "store")
store.mkdir(exist_ok=True)
archive = ["torch-model-archiver", "--model-name", "diamonds", "--version", "1.0", "--force"]
subprocess.run([*archive, "--handler", str(HERE / "main.py"), "--export-path", str(store)], check=True)
names = ("inference_address", "management_address", "metrics_address")
lines = [f"{name}=http://127.0.0.1:{port}" for name, port in zip(names, PORTS, strict=True)]
lines += ["default_workers_per_model=1", "disable_system_metrics=true"]
config = Path(WORK, "config.properties")
config.write_text("\n".join(lines), "utf-8")
words = ["--foreground", "--model-store", str(store), "--models", "diamonds=diamonds.mar", "--ts-config", str(config)]
os.execvp("torchserve", ["torchserve", "--start", *words, "--disable-token-auth"])
