"""Orders in, answers out: the other end of EngineProcess.swift."""
import json
import sys
import time


def answer(**values):
    print(json.dumps(values), file=sys.__stdout__, flush=True)


def needs(name, how):
    """Ends with a sentence where a package is missing."""
    try:
        return __import__(name)
    except Exception as error:  # a broken installation says so in many ways
        answer(error=f"needs the Python package {name} ({how}): {error}")
        sys.exit(0)


def serve(name, load):
    """`load` takes an order and returns a function, which may return values to answer with.

    Several may be loaded, each under the name that its order gives.
    """
    sys.stdout = sys.stderr  # what libraries print is no answer
    answer(name=name)
    loaded = {}
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["order"] == "load":
                loaded[order["as"]], values = load(order)
                answer(**values)
            else:
                run = loaded[order["what"]]
                wall, cpu = time.perf_counter(), time.process_time()
                values = run()
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                answer(wall=wall, cpu=cpu, **(values or {}))
        except Exception as error:
            answer(error=f"failed: {type(error).__name__}: {error}")
