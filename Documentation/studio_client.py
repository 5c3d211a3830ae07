"""Orders a piece from a running studio and saves it: `musegen studio`, then `python3 studio_client.py piece.mid`.

Needs nothing but Python. Documentation/StudioAPI.yaml describes the interface.
"""

import json
import sys
import time
import urllib.error
import urllib.request

STUDIO = "http://127.0.0.1:6873/api/v1/"


def ask(method, path, message=None):
    body = None if message is None else json.dumps(message).encode()
    request = urllib.request.Request(STUDIO + path, body, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read()
    except urllib.error.HTTPError as problem:
        sys.exit("the studio says: " + json.load(problem)["error"])
    except urllib.error.URLError:
        sys.exit("no studio at " + STUDIO + "; start one with musegen studio")


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else "piece.mid"
    model = next((one for one in json.loads(ask("GET", "models")) if one["writes"]), None)
    if model is None:
        sys.exit("the studio has no model that writes whole pieces")
    order = {"kind": "new", "model": model["name"], "length": {"unit": "seconds", "amount": 20}}
    if "key" in model["heeds"]:
        order["key"] = "D-minor"
    piece = json.loads(ask("POST", "pieces", {"name": "From Python", "order": order}))
    while piece["stage"] not in ("finished", "failed"):
        time.sleep(0.2)
        piece = json.loads(ask("GET", "pieces/" + piece["id"]))
    if piece["stage"] == "failed":
        sys.exit("it could not be written: " + piece["error"])
    with open(name, "wb") as file:
        file.write(ask("GET", "pieces/" + piece["id"] + "/piece.mid"))
    print(f"{name}: {piece['notes']} notes in {piece['seconds']:.1f} s")
    print("the same again:", piece["command"])


if __name__ == "__main__":
    main()
