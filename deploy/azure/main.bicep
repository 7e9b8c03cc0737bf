// The whole system in one resource group: storage, identities with least roles, Container Apps, alerts, budget.
// deploy.sh gives the parameters; README.md tells who may do what and why.
targetScope = 'resourceGroup'

@description('Names of all resources begin with it: lower-case letters and digits, starting with a letter.')
@minLength(3)
@maxLength(11)
param prefix string

@description('Which of several deployments this is; it is part of every name.')
@allowed(['dev', 'test', 'prod'])
param environmentName string

param location string = resourceGroup().location

@description('Image and tag in the registry of this deployment, such as batch-translation:0.2.0. Empty: everything but the apps.')
param image string = ''

@description('Keys of the API, one a line or with blanks between: <name>:<read|write>:<key>.')
@secure()
param apiKeys string = ''

@description('Addresses (CIDR) that may call the API; none: everybody who has a key.')
param allowedAddresses array = []

@allowed(['apertium', 'azure'])
param engine string = 'apertium'

@description('Resource id of the Azure AI Translator resource, for the engine azure. The workers get Cognitive Services User there (deploy.sh assigns it).')
param translatorResourceId string = ''

@description('Its region; empty for a global resource.')
param translatorRegion string = ''

@description('What all workers together may ask of the engine, in characters a minute; 0 sets no bound.')
@minValue(0)
param engineCharactersAMinute int = 0

@description('Bound it by what the engine may be asked, not by the queue: more workers do not raise a quota.')
@minValue(1)
@maxValue(1000)
param maxWorkers int = 20

@description('Files a worker translates at the same time. The scale rule asks for a worker for so many messages.')
@minValue(1)
@maxValue(256)
param filesAWorker int = 8

@description('Where alerts and budget warnings go.')
param alertEmail string

@description('Cost of the resource group in a month, in the currency of the subscription, at which a warning is sent.')
@minValue(1)
param monthlyBudget int = 100

@description('First day of the month from which the budget counts, as yyyy-MM-01.')
param budgetStart string = utcNow('yyyy-MM-01')

var stem = '${prefix}-${environmentName}'
// Names of storage accounts and registries are global, and have no hyphen.
var globalStem = '${prefix}${environmentName}${uniqueString(resourceGroup().id)}'

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: { name: take(globalStem, 24), location: location }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  params: { name: take(globalStem, 50), location: location }
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  params: { stem: stem, location: location, storageName: storage.outputs.name, registryName: registry.outputs.name }
}

module observability 'modules/observability.bicep' = {
  name: 'observability'
  params: { stem: stem, location: location, alertEmail: alertEmail }
}

module apps 'modules/apps.bicep' = if (!empty(image)) {
  name: 'apps'
  params: {
    stem: stem
    location: location
    image: '${registry.outputs.server}/${image}'
    registryServer: registry.outputs.server
    storageName: storage.outputs.name
    identities: identities.outputs.all
    workspaceName: observability.outputs.workspaceName
    insightsConnectionString: observability.outputs.connectionString
    apiKeys: apiKeys
    allowedAddresses: allowedAddresses
    engine: engine
    translatorResourceId: translatorResourceId
    translatorRegion: translatorRegion
    engineCharactersAMinute: engineCharactersAMinute
    maxWorkers: maxWorkers
    filesAWorker: filesAWorker
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    stem: stem
    location: location
    insightsId: observability.outputs.insightsId
    actionGroupId: observability.outputs.actionGroupId
  }
}

module budget 'modules/budget.bicep' = {
  name: 'budget'
  params: { stem: stem, amount: monthlyBudget, start: budgetStart, alertEmail: alertEmail }
}

output storageAccount string = storage.outputs.name
output registry string = registry.outputs.name
output workerPrincipalId string = identities.outputs.all.worker.principalId
output apiPrincipalId string = identities.outputs.all.api.principalId
output apiUrl string = empty(image) ? '' : apps!.outputs.apiUrl
