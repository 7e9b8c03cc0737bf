#!/usr/bin/env bash
# destroy.sh ENV PREFIX [--yes]: remove the resource group with everything in it, documents and translations too.
set -euo pipefail
# shellcheck source=deploy/azure/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
need az

[[ "$(az group exists --name "$GROUP")" == true ]] || { say "there is no $GROUP"; exit 0; }
az resource list --resource-group "$GROUP" --query "[].{name: name, type: type}" --output table
if [[ "$YES" != yes ]]; then
  read -r -p "All of this goes, and every document in it. Type the name of the group to go on: " answer
  [[ "$answer" == "$GROUP" ]] || fail "nothing was removed"
fi
az group delete --name "$GROUP" --yes
say "$GROUP is gone"
