#!/usr/bin/env bash
# Usage: tools/slurm_train.sh PARTITION JOB_NAME CONFIG [options of train.py]
# GPUS, GPUS_PER_NODE, CPUS_PER_TASK and SRUN_ARGS come from the environment. GPUS is the
# number of processes; GPUS_PER_NODE=0 asks for none, and the processes share the CPUs.
set -euo pipefail
PARTITION=$1
JOB_NAME=$2
CONFIG=$3
shift 3
GPUS=${GPUS:-8}
GPUS_PER_NODE=${GPUS_PER_NODE:-8}
PROCESSES_PER_NODE=$((GPUS_PER_NODE > 0 ? GPUS_PER_NODE : GPUS))
GRES=()
if ((GPUS_PER_NODE > 0)); then
    GRES=(--gres=gpu:"$GPUS_PER_NODE")
fi

export PYTHONPATH="$(dirname "$0")/..:${PYTHONPATH:-}"
# srun answers a signal by SIGKILL for its tasks; scancel lets them save.
stop() {
    local step
    step=$(scontrol --oneliner show steps |
        sed -n "s/^StepId=\([^ ]*\) .*SrunHost:Pid=$(hostname -s):$!\b.*/\1/p") || true
    if [[ -n $step ]]; then
        scancel --signal="$1" "$step"
    else
        kill -TERM "$!" || true # it still waits for its turn
    fi
    wait "$!" || true
    exit "$2"
}
trap 'stop TERM 143' TERM
trap 'stop INT 130' INT
# SRUN_ARGS is split into words on purpose.
# shellcheck disable=SC2086
srun -p "$PARTITION" \
    --job-name="$JOB_NAME" \
    "${GRES[@]}" \
    --ntasks="$GPUS" \
    --ntasks-per-node="$PROCESSES_PER_NODE" \
    --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} \
    python -u "$(dirname "$0")/train.py" "$CONFIG" --launcher slurm "$@" &
wait "$!"
