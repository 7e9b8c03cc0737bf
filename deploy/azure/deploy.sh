#!/usr/bin/env bash
# deploy.sh ENV PREFIX [--yes]: build the image of this checkout in the registry, and run it. Safe to repeat.
#
#   ALERT_EMAIL=ops@example.com API_KEYS_FILE=keys.txt deploy/azure/deploy.sh dev mytrans
#
# API_KEYS_FILE holds a line <name>:<read|write>:<key> for each caller. ENGINE=azure needs TRANSLATOR_RESOURCE_ID,
# and TRANSLATOR_REGION unless the resource is a global one. TAG is the image's; without it, the commit's.
set -euo pipefail
# shellcheck source=deploy/azure/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
need az
need git
: "${ALERT_EMAIL:?set ALERT_EMAIL: where alerts and budget warnings go}"
: "${API_KEYS_FILE:?set API_KEYS_FILE: a file with a line <name>:<read|write>:<key> for each caller}"
[[ -r "$API_KEYS_FILE" ]] || fail "cannot read $API_KEYS_FILE"

registry=$(output registry)
[[ -n "$registry" ]] || fail "$GROUP has no deployment yet: run bootstrap.sh first"
tag=${TAG:-$(git -C "$ROOT" rev-parse --short=12 HEAD)}
[[ -n "${TAG:-}" || -z "$(git -C "$ROOT" status --porcelain)" ]] || fail "uncommitted changes: commit them, or set TAG"

say "image batch-translation:$tag, built in the registry $registry"
az acr build --registry "$registry" --image "batch-translation:$tag" --output none "$ROOT"
if [[ "${ENGINE:-apertium}" == azure ]]; then
  : "${TRANSLATOR_RESOURCE_ID:?set TRANSLATOR_RESOURCE_ID for ENGINE=azure}"
  say "Cognitive Services User on the Translator resource, for the workers"
  az role assignment create --assignee-object-id "$(output workerPrincipalId)" --assignee-principal-type ServicePrincipal \
    --role "Cognitive Services User" --scope "$TRANSLATOR_RESOURCE_ID" --output none
fi
deploy_template image="batch-translation:$tag" apiKeys=@"$API_KEYS_FILE" engine="${ENGINE:-apertium}" \
  translatorResourceId="${TRANSLATOR_RESOURCE_ID:-}" translatorRegion="${TRANSLATOR_REGION:-}" \
  engineCharactersAMinute="${ENGINE_CHARS_PER_MINUTE:-0}" maxWorkers="${MAX_WORKERS:-20}"
url=$(output apiUrl)
say "waiting for $url/readyz (a new role takes up to half an hour to take effect)"
for _ in $(seq 60); do
  if curl --fail --silent --show-error --max-time 10 --output /dev/null "$url/readyz" 2>/dev/null; then
    say "the API answers: $url"
    exit 0
  fi
  sleep 30
done
fail "$url/readyz does not answer; see the logs: az containerapp logs show --name $STEM-api --resource-group $GROUP"
