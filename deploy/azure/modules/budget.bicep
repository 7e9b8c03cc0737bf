// Warns by mail; it stops nothing. What stops spending is max_characters of a job and ENGINE_CHARS_PER_MINUTE.
param stem string
param amount int
param start string
param alertEmail string

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: '${stem}-budget'
  properties: {
    category: 'Cost'
    timeGrain: 'Monthly'
    amount: amount
    timePeriod: { startDate: start }
    notifications: {
      eightyPercent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: [alertEmail]
      }
      foreseen: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [alertEmail]
      }
    }
  }
}
