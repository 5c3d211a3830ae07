#!/usr/bin/env python3
"""Runs Documentation/PyTorch.ipynb from its start to its end: a cell that fails fails it.

    Tools/run-notebook.py .build/release/musegen     (pip install nbclient ipykernel torch safetensors onnxruntime)

Without these it says so and does nothing.
"""

import os
import pathlib
import sys

try:
    import nbclient
    import nbformat
    import ipykernel  # noqa: F401
    import onnxruntime  # noqa: F401
    import safetensors  # noqa: F401
    import torch  # noqa: F401
except ImportError as error:
    print(f"run-notebook: skipped: {error.name} is missing (pip install nbclient ipykernel torch safetensors "
          "onnxruntime)")
    sys.exit(0)

NOTEBOOK = pathlib.Path(__file__).resolve().parent.parent / "Documentation/PyTorch.ipynb"
os.environ["MUSEGEN"] = str(pathlib.Path(sys.argv[1]).resolve())
notebook = nbformat.read(NOTEBOOK, as_version=4)
nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        print(text.rstrip())
