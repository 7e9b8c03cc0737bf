// Container Apps: the API, one dispatcher, and as many workers as the queue asks for.
param stem string
param location string
param image string
param registryServer string
param storageName string
param identities object
param workspaceName string
param insightsConnectionString string
@secure()
param apiKeys string
param allowedAddresses array
param engine string
param translatorResourceId string
param translatorRegion string
param engineCharactersAMinute int
param maxWorkers int
param filesAWorker int

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: '${stem}-apps'
  location: location
  properties: {
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: workspace.properties.customerId
        sharedKey: workspace.listKeys().primarySharedKey
      }
    }
  }
}

var everywhere = [
  { name: 'AZURE_STORAGE_ACCOUNT', value: storageName }
  { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', secretRef: 'insights' }
  { name: 'LOG_FORMAT', value: 'json' }
]
var azureEngine = concat(
  [{ name: 'AZURE_TRANSLATOR_RESOURCE_ID', value: translatorResourceId }],
  empty(translatorRegion) ? [] : [{ name: 'AZURE_TRANSLATOR_REGION', value: translatorRegion }]
)
// The API and the workers have to be told the same: the API accepts jobs for what the workers have.
var translating = concat(
  [
    { name: 'TRANSLATION_ENGINE', value: engine }
    { name: 'ENGINE_CHARS_PER_MINUTE', value: string(engineCharactersAMinute) }
  ],
  engine == 'azure' ? azureEngine : []
)
var insightsSecret = { name: 'insights', value: insightsConnectionString }

module api 'app.bicep' = {
  name: 'api'
  params: {
    name: '${stem}-api'
    location: location
    environmentId: environment.id
    image: image
    registryServer: registryServer
    identity: identities.api
    service: 'api'
    port: 8000
    cpu: '0.5'
    memory: '1Gi'
    environmentVariables: concat(everywhere, translating, [
      { name: 'API_HOST', value: '0.0.0.0' }
      { name: 'API_AUTH', value: 'api-key' }
      { name: 'DOCUMENT_MEMORY_BYTES', value: '134217728' }
      { name: 'API_KEYS', secretRef: 'api-keys' }
    ])
    secrets: [insightsSecret, { name: 'api-keys', value: apiKeys }]
    ingress: {
      external: true
      targetPort: 8000
      transport: 'http'
      allowInsecure: false
      ipSecurityRestrictions: [for (address, place) in allowedAddresses: {
        name: 'allowed-${place}'
        action: 'Allow'
        ipAddressRange: address
      }]
    }
    gracePeriodSeconds: 30
    scale: {
      minReplicas: 1
      maxReplicas: 5
      rules: [{ name: 'requests', http: { metadata: { concurrentRequests: '50' } } }]
    }
  }
}

module dispatcher 'app.bicep' = {
  name: 'dispatcher'
  params: {
    name: '${stem}-dispatcher'
    location: location
    environmentId: environment.id
    image: image
    registryServer: registryServer
    identity: identities.dispatcher
    service: 'dispatcher'
    port: 8081
    cpu: '0.25'
    memory: '0.5Gi'
    environmentVariables: concat(everywhere, [
      { name: 'HEALTH_HOST', value: '0.0.0.0' }
      { name: 'HEALTH_PORT', value: '8081' }
    ])
    secrets: [insightsSecret]
    gracePeriodSeconds: 60
    // Never none: the sweep, which finds jobs whose message was lost, runs in a dispatcher.
    scale: {
      minReplicas: 1
      maxReplicas: 3
      rules: [
        {
          name: 'jobs'
          custom: {
            type: 'azure-queue'
            identity: identities.scaler.id
            // A running job has one message here, from its start to its end.
            metadata: { accountName: storageName, queueName: 'translation-dispatch', queueLength: '20', queueLengthStrategy: 'all' }
          }
        }
      ]
    }
    scalerIdentityId: identities.scaler.id
  }
}

module worker 'app.bicep' = {
  name: 'worker'
  params: {
    name: '${stem}-worker'
    location: location
    environmentId: environment.id
    image: image
    registryServer: registryServer
    identity: identities.worker
    service: 'worker'
    port: 8082
    cpu: '1.0'
    memory: '2Gi'
    environmentVariables: concat(everywhere, translating, [
      { name: 'HEALTH_HOST', value: '0.0.0.0' }
      { name: 'HEALTH_PORT', value: '8082' }
      { name: 'MAX_CONCURRENT_FILES', value: string(filesAWorker) }
      // With its memory from the one table in docs/deployment.md.
      { name: 'MAX_BYTES_IN_FLIGHT', value: '536870912' }
      { name: 'DOCUMENT_MEMORY_BYTES', value: '536870912' }
      { name: 'DRAIN_SECONDS', value: '240' }
    ])
    secrets: [insightsSecret]
    // DRAIN_SECONDS and 30 s, in which the rest is handed back and settled.
    gracePeriodSeconds: 270
    scale: {
      minReplicas: 0
      maxReplicas: maxWorkers
      pollingInterval: 15
      // Two visibility timeouts: a message that a killed worker had in hand comes back before the last worker goes.
      cooldownPeriod: 120
      rules: [
        {
          name: 'files'
          custom: {
            type: 'azure-queue'
            identity: identities.scaler.id
            // Messages in work count: "visibleonly" would take away workers that still translate.
            metadata: { accountName: storageName, queueName: 'translation-jobs', queueLength: string(filesAWorker), queueLengthStrategy: 'all' }
          }
        }
      ]
    }
    scalerIdentityId: identities.scaler.id
  }
}

output apiUrl string = 'https://${api.outputs.host}'
