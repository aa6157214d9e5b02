#!/bin/sh
# Puts what this image derived (encoders, index) into a data folder that has another image's or
# none, then becomes the program, so that a stop reaches it and it can finish its answers.
set -eu
data="${VSP_DATA_DIR:-/data}"
seed="${BEDSIDE_SEED:-/app/seed}"
if [ "${1:-serve}" = serve ] && [ -f "$seed/made" ] && ! cmp -s "$seed/made" "$data/.made"; then
    echo "Copying encoders and index into $data" >&2
    rm -rf "$data/encoder" "$data/index" "$data/.made"
    cp -R "$seed/encoder" "$seed/index" "$data/"
    cp "$seed/made" "$data/.made"
fi
exec python -m simulator "$@"
