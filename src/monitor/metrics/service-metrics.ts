import type { Registry } from 'prom-client'
import { sample, scrapedCounter, scrapedGauge, type Sample } from './scraped.ts'

/** What is known of an SMS gateway, since the process began. */
export interface GatewayCounts {
  readonly gateway: string
  readonly accepted: number
  readonly failed: Readonly<Record<string, number>>
  readonly uncertain: number
  readonly passedOver: number
  readonly breaker: 'closed' | 'open' | 'probing'
}

/** What budgets did, since the process began. */
export interface BudgetCounts {
  readonly spent: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, number>>
  readonly suspicious: Readonly<Record<string, number>>
  readonly alarms: Readonly<Record<string, number>>
}

/** Adds what became of messages with the SMS gateways. */
export function addGatewayMetrics(registry: Registry, gateways: () => readonly GatewayCounts[]): void {
  scrapedCounter(registry, {
    name: 'lovage_sms_messages_total',
    help: 'Messages that were handed to an SMS gateway, each try counted, by its answer',
    labelNames: ['gateway', 'outcome'],
    read: () =>
      gateways().flatMap(({ gateway, accepted, failed }) =>
        Object.entries({ accepted, ...failed }).map(([outcome, count]) => sample({ gateway, outcome }, count)),
      ),
  })
  scrapedCounter(registry, {
    name: 'lovage_sms_uncertain_total',
    help: 'Of the transient ones, those of which nobody knows whether they were sent',
    labelNames: ['gateway'],
    read: () => gateways().map(({ gateway, uncertain }) => sample({ gateway }, uncertain)),
  })
  scrapedCounter(registry, {
    name: 'lovage_sms_passed_over_total',
    help: 'Messages that were not handed to a gateway because its breaker was open',
    labelNames: ['gateway'],
    read: () => gateways().map(({ gateway, passedOver }) => sample({ gateway }, passedOver)),
  })
  scrapedGauge(registry, {
    name: 'lovage_sms_breaker_open',
    help: '1 while a gateway is passed over because it failed, or is tried again; else 0',
    labelNames: ['gateway'],
    read: () => gateways().map(({ gateway, breaker }) => sample({ gateway }, breaker === 'closed' ? 0 : 1)),
  })
}

/** Adds what budgets let pass and refused. */
export function addBudgetMetrics(registry: Registry, budgets: () => BudgetCounts): void {
  scrapedCounter(registry, {
    name: 'lovage_budget_spent_total',
    help: 'Requests that a budget let pass, by what it is for',
    labelNames: ['budget'],
    read: () => byBudget(budgets().spent),
  })
  scrapedCounter(registry, {
    name: 'lovage_budget_refused_total',
    help: 'Requests that were refused, by the budget that had no room; one may count in several',
    labelNames: ['budget'],
    read: () => byBudget(budgets().refused),
  })
  scrapedCounter(registry, {
    name: 'lovage_sms_pumping_suspicious_total',
    help: 'Requests for a code of a prefix, or from a block of addresses, whose last codes were hardly used',
    labelNames: ['by'],
    read: () => byPlace(budgets().suspicious),
  })
  scrapedCounter(registry, {
    name: 'lovage_sms_pumping_alarms_total',
    help: 'How often a prefix, or a block of addresses, became suspicious',
    labelNames: ['by'],
    read: () => byPlace(budgets().alarms),
  })
}

function byBudget(counts: Readonly<Record<string, number>>): Sample<'budget'>[] {
  return Object.entries(counts).map(([budget, count]) => sample({ budget }, count))
}

function byPlace(counts: Readonly<Record<string, number>>): Sample<'by'>[] {
  return Object.entries(counts).map(([by, count]) => sample({ by }, count))
}
