"""A client on grpcio, which is gRPC's C core, of the dialect that is asked for. Its messages are generated from protos/."""

import importlib

from driver import Channels, arguments, serve

given = arguments()
serve(importlib.import_module(f"dialect_{given.dialect}").handlers, Channels(given.address, given.authority))
