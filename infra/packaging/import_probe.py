"""Run by the interpreter of Lambda's version, isolated: imports one handler from the given folders alone.

Arguments: the handler, then the folders in the order of Lambda's own search path. Prints one JSON object.
"""

import importlib
import json
import sys
import time

if __name__ == "__main__":
    handler, *folders = sys.argv[1:]
    sys.path[:0] = folders
    module_name, _, attribute = handler.rpartition(".")
    before = len(sys.modules)
    started = time.perf_counter()
    module = importlib.import_module(module_name)
    took_ms = (time.perf_counter() - started) * 1000
    answer = {
        "callable": callable(getattr(module, attribute, None)),
        "file": module.__file__,
        "ms": took_ms,
        "modules": len(sys.modules) - before,
    }
    print(json.dumps(answer))
