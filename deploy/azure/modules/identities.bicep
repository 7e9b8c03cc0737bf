// An identity for each service and one for the scaler, each with the roles it uses. README.md has the reasons.
param stem string
param location string
param storageName string
param registryName string

// Azure's built-in roles, by id ("Azure built-in roles").
var roles = {
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  blobReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  queueReader: '19e7f393-937e-4f77-808e-94535e297925' // Storage Queue Data Reader
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
  pull: '7f951dda-4ed3-4680-a7ca-43fe172d538d' // AcrPull
}

var services = ['api', 'dispatcher', 'worker', 'scaler']

var onStorage = [
  { who: 0, role: roles.blobContributor }
  { who: 0, role: roles.queueContributor }
  { who: 0, role: roles.tableContributor }
  { who: 1, role: roles.blobReader }
  { who: 1, role: roles.queueContributor }
  { who: 1, role: roles.tableContributor }
  { who: 2, role: roles.blobContributor }
  { who: 2, role: roles.queueContributor }
  { who: 2, role: roles.tableContributor }
  { who: 3, role: roles.queueReader }
]

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registryName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = [for service in services: {
  name: '${stem}-${service}'
  location: location
}]

resource storageRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for grant in onStorage: {
  name: guid(account.id, services[grant.who], stem, grant.role)
  scope: account
  properties: {
    principalId: identity[grant.who].properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role)
  }
}]

resource pullRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for place in range(0, 3): {
  name: guid(registry.id, services[place], stem, roles.pull)
  scope: registry
  properties: {
    principalId: identity[place].properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.pull)
  }
}]

output all object = {
  api: { id: identity[0].id, clientId: identity[0].properties.clientId, principalId: identity[0].properties.principalId }
  dispatcher: { id: identity[1].id, clientId: identity[1].properties.clientId, principalId: identity[1].properties.principalId }
  worker: { id: identity[2].id, clientId: identity[2].properties.clientId, principalId: identity[2].properties.principalId }
  scaler: { id: identity[3].id, clientId: identity[3].properties.clientId, principalId: identity[3].properties.principalId }
}
