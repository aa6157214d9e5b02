#!/bin/sh
# Reads the secrets that compose lays into files, and hands them on as the settings they are.
# A command run by hand (`compose exec app1 sh /app/containers/with-secrets.sh accounts list`)
# goes the same way.
set -eu
if [ -n "${BEDSIDE_DATABASE:-}" ]; then
    password="$(python -c 'import sys, urllib.parse as u; print(u.quote(sys.stdin.read().strip(), safe=""))' \
        < /run/secrets/database_password)"
    export VSP_DATABASE_URL="postgresql://${BEDSIDE_DATABASE%%@*}:${password}@${BEDSIDE_DATABASE#*@}"
fi
if [ -f /run/secrets/metrics_token ]; then
    VSP_METRICS_TOKEN="$(cat /run/secrets/metrics_token)"
    export VSP_METRICS_TOKEN
fi
exec sh /app/containers/start.sh "$@"
