"""Reads commands from standard input, one JSON object a line, and answers each with one or more JSON objects on standard
output. The other side is test/interop/program.ts."""

import argparse
import json
import sys
import threading
import time

import grpc


def arguments():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("-address", required=True, help="host:port of the gateway")
    parser.add_argument("-authority", help="PEM file: the gateway has TLS, with a certificate that this authority signed")
    parser.add_argument("-dialect", required=True)
    return parser.parse_args()


class Channels:
    """One that is kept, and new ones."""

    def __init__(self, address, authority):
        self._address = address
        self._credentials = None
        if authority is not None:
            with open(authority, "rb") as file:
                self._credentials = grpc.ssl_channel_credentials(file.read())
        self._kept = self.fresh()

    def channel(self, asked):
        return self.fresh() if asked.get("fresh") else self._kept

    def fresh(self):
        # Channels of equal arguments would share one connection.
        options = [("grpc.use_local_subchannel_pool", 1)]
        if self._credentials is None:
            return grpc.insecure_channel(self._address, options)
        return grpc.secure_channel(self._address, self._credentials, options)


def serve(handlers, channels):
    """Ends when standard input does. A handler takes a channel, a command and a timeout in seconds, and returns what is
    to be said of the session."""
    writing = threading.Lock()

    def work(asked):
        began = time.monotonic()
        outcome = {"command": asked["id"], "session": "", "key": "", "error": ""}
        try:
            channel = channels.channel(asked)
            outcome.update(handlers[asked["do"]](channel, asked, asked["patience_ms"] / 1000))
        except grpc.RpcError as error:
            outcome["error"] = f"{error.code().name}: {error.details()}"
        except Exception as error:
            outcome["error"] = f"{type(error).__name__}: {error}"
        outcome["took_ms"] = int((time.monotonic() - began) * 1000)
        with writing:
            print(json.dumps(outcome), flush=True)

    for line in sys.stdin:
        asked = json.loads(line)
        for _ in range(asked["count"]):
            threading.Thread(target=work, args=(asked,), daemon=True).start()
