#!/usr/bin/env bash
# Usage: fuzz/run.sh [SECONDS] [TARGET...]
# Fuzzes the targets (default: all) in turn, each for SECONDS (default: 600). Findings go to `fuzz/artifacts`; the figures
# of each run are at the end of `fuzz/runs/TARGET.log`. Needs cargo-fuzz; the stable compiler is enough.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-600}"
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(png jpeg webp tiff bmp_gif heif jxl recipe project style map weights)
mkdir -p fuzz/runs
for target in "${targets[@]}"; do
    mkdir -p "fuzz/runs/$target"
    nice -n 19 cargo fuzz run --sanitizer none "$target" "fuzz/runs/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=6144 -max_len=65536 -print_final_stats=1 \
        >"fuzz/runs/$target.log" 2>&1 || echo "$target: see fuzz/runs/$target.log"
    grep -E "contained panic|stat::|SUMMARY" "fuzz/runs/$target.log" | sed "s/^/$target: /"
done
