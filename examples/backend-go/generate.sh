#!/bin/sh
# Makes sessionkeys/ anew, after protos/keys/v1/session_keys.proto has changed. Takes protoc, protoc-gen-go 1.36 and
# protoc-gen-go-grpc 1.6 on the PATH; PROTOC may name another protoc, such as "python3 -m grpc_tools.protoc".
set -eu
cd "$(dirname "$0")"
file=keys/v1/session_keys.proto
package="session-gateway.example/backend/sessionkeys;sessionkeys"
# shellcheck disable=SC2086 # PROTOC may be several words
${PROTOC:-protoc} -I ../../protos \
  --go_out=. --go_opt="module=session-gateway.example/backend,M$file=$package" \
  --go-grpc_out=. --go-grpc_opt="module=session-gateway.example/backend,M$file=$package" "$file"
