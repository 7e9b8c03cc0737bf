// The three alerts that somebody has to act on, over the metrics that the services send to Application Insights
// (docs/metrics.md). Each names its section of docs/operations.md.
param stem string
param location string
param insightsId string
param actionGroupId string

var alerts = [
  {
    name: 'dead-letters'
    metric: 'queue.dead_letters'
    query: '| summarize value = max(valueMax) by bin(timestamp, 5m)'
    above: 0
    severity: 2
    says: 'Messages were given up. Runbook: docs/operations.md#dead-letters'
  }
  {
    name: 'oldest-message'
    metric: 'queue.oldest_message.age'
    query: '| where tostring(customDimensions["queue"]) == "files" | summarize value = max(valueMax) by bin(timestamp, 5m)'
    above: 1800
    severity: 2
    says: 'A file has been waiting for half an hour. Runbook: docs/operations.md#the-oldest-message-is-old'
  }
  {
    name: 'failed-jobs'
    metric: 'batch.jobs.ended'
    query: '| where tostring(customDimensions["status"]) == "failed" | summarize value = sum(valueSum) by bin(timestamp, 5m)'
    above: 0
    severity: 3
    says: 'A job failed as a whole. Runbook: docs/operations.md#many-files-fail'
  }
]

resource rule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: '${stem}-${alert.name}'
  location: location
  properties: {
    description: alert.says
    severity: alert.severity
    enabled: true
    scopes: [insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'customMetrics | where name == "${alert.metric}" ${alert.query}'
          timeAggregation: 'Maximum'
          metricMeasureColumn: 'value'
          operator: 'GreaterThan'
          threshold: alert.above
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [actionGroupId] }
  }
}]
