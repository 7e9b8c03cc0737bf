// One service as a Container App, under its own identity.
param name string
param location string
param environmentId string
param image string
param registryServer string
param identity object
param service string
param port int
param cpu string
param memory string
param environmentVariables array
param secrets array
param gracePeriodSeconds int
param scale object
param ingress object?
@description('The identity with which the scaler reads the length of a queue.')
param scalerIdentityId string = ''

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: union({ '${identity.id}': {} }, empty(scalerIdentityId) ? {} : { '${scalerIdentityId}': {} })
  }
  properties: {
    environmentId: environmentId
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: ingress
      registries: [{ server: registryServer, identity: identity.id }]
      secrets: secrets
    }
    template: {
      terminationGracePeriodSeconds: gracePeriodSeconds
      containers: [
        {
          name: service
          image: image
          args: ['python', '-m', 'services.${service}']
          // Of several identities the SDK takes the one named here.
          env: concat(environmentVariables, [{ name: 'AZURE_CLIENT_ID', value: identity.clientId }])
          resources: { cpu: json(cpu), memory: memory }
          probes: [
            { type: 'Startup', httpGet: { path: '/healthz', port: port }, periodSeconds: 2, failureThreshold: 30 }
            { type: 'Liveness', httpGet: { path: '/healthz', port: port }, periodSeconds: 10, timeoutSeconds: 5 }
            { type: 'Readiness', httpGet: { path: '/readyz', port: port }, periodSeconds: 10, timeoutSeconds: 6 }
          ]
        }
      ]
      scale: scale
    }
  }
}

output host string = ingress == null ? '' : app.properties.configuration.ingress.fqdn
