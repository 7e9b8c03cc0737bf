#!/usr/bin/env bash
# bootstrap.sh ENV PREFIX [--yes]: a resource group with everything but the apps. Safe to repeat.
#
#   LOCATION=westeurope ALERT_EMAIL=ops@example.com deploy/azure/bootstrap.sh dev mytrans --yes
#
# Shows what would change and asks, unless --yes says that nobody is there to answer.
set -euo pipefail
# shellcheck source=deploy/azure/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
need az
: "${ALERT_EMAIL:?set ALERT_EMAIL: where alerts and budget warnings go}"

say "resource group $GROUP in $LOCATION"
az group create --name "$GROUP" --location "$LOCATION" --output none
deploy_template image=
say "done. Next: deploy/azure/deploy.sh $ENVIRONMENT $PREFIX"
