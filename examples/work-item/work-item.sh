#!/usr/bin/env bash
# Starts a work item and waits for its end, with a token that all programs of one user share.
#   work-item.sh ACCOUNT          the account as `rpa-auth account add` wrote it
set -euo pipefail
account=${1:?the name of an account}
queue=/v3/wlm/queues/4/workitems

# The value of a member of a small JSON answer: `jq -r` does the same, where it is there.
member() { grep -o "\"$1\":\"[^\"]*\"" | cut -d'"' -f4; }

id=$(rpa-auth api POST "$queue" --account "$account" --data '{"workItems": [{"invoice": 4711}]}' |
    grep -o '"ids":\["[^"]*"' | cut -d'"' -f4)
for ((look = 0; look < 60; look++)); do
    item=$(rpa-auth api GET "$queue/$id" --account "$account")
    if [[ $(member status <<<"$item") == COMPLETED ]]; then
        echo "work item $id: $(member result <<<"$item")"
        exit
    fi
    sleep 1
done
echo "work item $id is not done after a minute" >&2
exit 1
