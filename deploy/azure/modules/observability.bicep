// Logs, metrics and traces in one place, and whom alerts reach.
param stem string
param location string
param alertEmail string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${stem}-logs'
  location: location
  properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${stem}-insights'
  location: location
  kind: 'web'
  properties: { Application_Type: 'web', WorkspaceResourceId: workspace.id }
}

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${stem}-operators'
  location: 'global'
  properties: {
    groupShortName: 'translation'
    enabled: true
    emailReceivers: [{ name: 'operators', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

output workspaceName string = workspace.name
output insightsId string = insights.id
output connectionString string = insights.properties.ConnectionString
output actionGroupId string = group.id
