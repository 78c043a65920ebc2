#!/usr/bin/env bash
# Usage: tools/dist_train.sh CONFIG PROCESSES [options of train.py]
# Several processes on one machine, or on several with NNODES, NODE_RANK, MASTER_ADDR
# and PORT set. Without GPUs the processes share the CPUs.
set -euo pipefail
CONFIG=$1
PROCESSES=$2
shift 2

export PYTHONPATH="$(dirname "$0")/..:${PYTHONPATH:-}"
# A signal to this script alone reaches the processes, which save before they end.
stop() {
    kill -TERM "$!" || true
    wait "$!" || true
    exit "$1"
}
trap 'stop 143' TERM
trap 'stop 130' INT
python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$PROCESSES" \
    "$(dirname "$0")/train.py" "$CONFIG" --launcher pytorch "$@" &
wait "$!"
