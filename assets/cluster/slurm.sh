#!/bin/bash
# Paints a folder of photos on a Slurm cluster. Several tasks share the work, and a task that is killed goes on:
#
#     sbatch slurm.sh
#
# What to change: the three paths below, which every node must see under the same name; the number of tasks after --array; and
# the memory and threads of a task, which `impasto doctor --for N` says for photos of N pixels. Options of `impasto batch` can
# follow the name of this file.

#SBATCH --job-name=impasto
# Begins with any number, without gaps: each task finds its part of the work from these.
#SBATCH --array=0-3
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=1G
#SBATCH --time=1-00:00:00
# After the loss of a node, its tasks begin again on others and go on where they were.
#SBATCH --requeue
#SBATCH --open-mode=append

photos=${PHOTOS:-/shared/photos}
style=${STYLE:-/shared/painting.jpg}
output=${OUTPUT:-/shared/painted}

"${IMPASTO:-impasto}" batch --content "$photos" --style "$style" --output "$output" \
    --threads "${SLURM_CPUS_PER_TASK:-2}" "$@"
code=$?

# Ended by a signal, such as for want of memory, or interrupted because the time was over: again, but not for ever.
if [ "$code" -gt 128 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 5 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
