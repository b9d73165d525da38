#!/bin/bash
# Paints a folder of photos with GNU parallel, here or on several machines. Several processes share the work, and one that fails
# is tried again:
#
#     ./parallel.sh
#
# What to change: the three paths; the number of processes, two threads each; and for several machines, add
# `--sshlogin first,second,third --env IMPASTO_SHARDS` to the options of parallel: all must see the paths under the same name.
# Options of `impasto batch` can follow the name of this file.

photos=${PHOTOS:-/shared/photos}
style=${STYLE:-/shared/painting.jpg}
output=${OUTPUT:-/shared/painted}

# The number of parts. Which one a process paints, it finds in PARALLEL_SEQ, which parallel sets.
export IMPASTO_SHARDS=${IMPASTO_SHARDS:-4}

seq "$IMPASTO_SHARDS" | parallel --will-cite --jobs "${JOBS:-50%}" --retries 3 --max-args 0 \
    "${IMPASTO:-impasto}" batch --content "$photos" --style "$style" --output "$output" --threads 2 "$@"
